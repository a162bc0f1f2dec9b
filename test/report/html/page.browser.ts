import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { source as axeSource } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../../scripts/chromium.js';
import { htmlPage } from '../../../src/report/html/page.js';
import { reportOf } from '../../../src/report/report.js';
import { fullResult, result } from '../sample-result.js';
import { isFocused, overflow, plotsIn, setOpen } from './in-page.js';

const folder = mkdtempSync(join(tmpdir(), 'infer-opt-page-'));
const file = join(folder, 'report.html');
const full = fullResult();
writeFileSync(file, htmlPage.render(reportOf([full, result({})], full.tool)));

let browser: Browser;
beforeAll(async () => {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('no Chromium is installed');
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  readonly requests: string[];
  readonly complaints: string[];
}

async function open(options: Parameters<Browser['newPage']>[0] = {}): Promise<Opened> {
  const page = await browser.newPage(options);
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(pathToFileURL(file).href);
  return { page, requests, complaints };
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

const looks = [
  { name: 'light', options: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' } },
  { name: 'dark', options: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' } },
  { name: 'narrow', options: { viewport: { width: 360, height: 740 }, colorScheme: 'light' } },
] as const;

describe('the HTML report in a browser', () => {
  it('asks nobody for anything and has nothing to complain about', async () => {
    const { page, requests, complaints } = await open();
    expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('draws every plot, each mark within its drawing', async () => {
    const { page } = await open();
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
    const { page } = await open();
    expect(await page.locator('img, script').count()).toBe(0);
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

  it.each(looks)(
    'has no accessibility finding and no sideways scrolling: $name',
    async ({ name, options }) => {
      const { page } = await open(options);
      await page.locator('details').evaluateAll(setOpen, true);
      // Through the debugger: the page's own policy forbids scripts.
      const found = await page.evaluate<{ violations: Violation[] }>(`${axeSource}; axe.run()`);
      expect(
        found.violations.map(({ id, impact, nodes }) => ({
          id,
          impact,
          html: nodes.map((node) => node.html),
        })),
      ).toEqual([]);
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
