import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { htmlPage } from '../../../src/report/html/page.js';
import { reportOf } from '../../../src/report/report.js';
import { fullResult, result } from '../sample-result.js';
import { isFocused, overflow, plotsIn, setOpen } from './in-page.js';
import { findings, launch, looks, open } from './visit.js';

const folder = mkdtempSync(join(tmpdir(), 'infer-opt-page-'));
const file = join(folder, 'report.html');
const full = fullResult();
writeFileSync(file, htmlPage.render(reportOf([full, result({})], full.tool)));

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the HTML report in a browser', () => {
  it('asks nobody for anything and has nothing to complain about', async () => {
    const { page, requests, complaints } = await open(browser, file);
    expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('draws every plot, each mark within its drawing', async () => {
    const { page } = await open(browser, file);
    const plots = await page.locator('#r0 figure').evaluateAll(plotsIn);
    expect(plots).toEqual([
      { id: 'r0-pareto', drawn: 3, outside: [], broken: false },
      { id: 'r0-latencies', drawn: 3, outside: [], broken: false },
      { id: 'r0-batches', drawn: 2, outside: [], broken: false },
      { id: 'r0-rates', drawn: 2, outside: [], broken: false },
      { id: 'r0-operators', drawn: 6, outside: [], broken: false },
    ]);
    await page.close();
  });

  it('shows names full of markup as text', async () => {
    const { page } = await open(browser, file);
    expect(await page.locator('img, script').count()).toBe(0);
    expect(await page.locator('h3').allTextContents()).toContain(
      `1 <img src=x onerror=alert(1)> "quoted" 'and' | *more* \`ticks\` & ]]> @you.onnx`,
    );
    await page.close();
  });

  it('opens its tables and scrolls them by keyboard', async () => {
    const { page } = await open(browser, file, { viewport: { width: 360, height: 740 } });
    const summary = page.locator('#r0-latencies summary');
    await summary.focus();
    await page.keyboard.press('Enter');
    const table = page.locator('#r0-latencies .scroll');
    expect(await table.isVisible()).toBe(true);
    await page.keyboard.press('Tab');
    expect(await table.evaluate(isFocused)).toBe(true);
    await page.close();
  });

  it.each(looks)(
    'has no accessibility finding and no sideways scrolling: $name',
    async ({ name, options }) => {
      const { page } = await open(browser, file, options);
      await page.locator('details').evaluateAll(setOpen, true);
      expect(await findings(page)).toEqual([]);
      expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0);
      const pictures = process.env.SCREENSHOTS;
      if (pictures !== undefined) {
        await page.locator('figure details').evaluateAll(setOpen, false);
        await page.screenshot({ path: join(pictures, `report-${name}.png`), fullPage: true });
      }
      await page.close();
    },
  );
});
