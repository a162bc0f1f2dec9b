import { describe, expect, it } from 'vitest';
import { htmlPage } from '../../../src/report/html/page.js';
import { reportOf } from '../../../src/report/report.js';
import { comparison } from '../sample-comparison.js';
import { fullResult, result } from '../sample-result.js';
import { isFocused } from './in-page.js';
import { soundPage } from './sound-page.js';

const full = fullResult();
const { path } = full.artifacts[1]!;
const text = htmlPage.render(reportOf([full, result({})], full.tool), new Map([[path, comparison(path)]]));

describe('the HTML report in a browser', () => {
  const open = soundPage('report', text, {
    'r0-pareto': 3,
    'r0-latencies': 3,
    'r0-batches': 2,
    'r0-rates': 2,
    'r0-operators': 6,
    'r0-layers-1': 1,
    'r1-pareto': 2,
  });

  it('keeps the whole of a name', async () => {
    const { page } = await open();
    expect(await page.locator('h3').allTextContents()).toContain(
      `1 <img src=x onerror=alert(1)> "quoted" 'and' | *more* \`ticks\` & ]]> @you.onnx`,
    );
    await page.close();
  });

  it('opens its tables and scrolls them by keyboard', async () => {
    const { page } = await open({ viewport: { width: 360, height: 740 } });
    const summary = page.locator('#r0-latencies summary');
    await summary.focus();
    await page.keyboard.press('Enter');
    const table = page.locator('#r0-latencies .scroll');
    expect(await table.isVisible()).toBe(true);
    await page.keyboard.press('Tab');
    expect(await table.evaluate(isFocused)).toBe(true);
    await page.close();
  });
});
