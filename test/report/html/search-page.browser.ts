import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchPage } from '../../../src/report/html/search-page.js';
import { searchResult } from '../sample-search.js';
import { overflow, plotsIn, setOpen } from './in-page.js';
import { findings, launch, looks, open } from './visit.js';

const folder = mkdtempSync(join(tmpdir(), 'infer-opt-search-page-'));
const file = join(folder, 'search.html');
writeFileSync(file, searchPage(searchResult));

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the HTML report of a search in a browser', () => {
  it('asks nobody for anything, has nothing to complain about, and draws its plot', async () => {
    const { page, requests, complaints } = await open(browser, file);
    expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
    expect(complaints).toEqual([]);
    expect(await page.locator('figure').evaluateAll(plotsIn)).toEqual([
      { id: 'search-pareto', drawn: 3, outside: [], broken: false },
    ]);
    expect(await page.locator('img, script').count()).toBe(0);
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
        await page.screenshot({ path: join(pictures, `search-${name}.png`), fullPage: true });
      }
      await page.close();
    },
  );
});
