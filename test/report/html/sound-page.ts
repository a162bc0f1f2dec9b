import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { overflow, plotsIn, setOpen } from './in-page.js';
import { findings, launch, looks, open, type Opened } from './visit.js';

/** What every page owes: opens it in a browser and asserts it. The function that is given back opens it once more. */
export function soundPage(
  name: string,
  text: string,
  /** The plots that it must draw, and of how many marks each. */
  plots: Readonly<Record<string, number>>,
): (options?: Parameters<Browser['newPage']>[0]) => Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'infer-opt-page-'));
  const file = join(folder, `${name}.html`);
  writeFileSync(file, text);
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('asks nobody for anything and has nothing to complain about', async () => {
    const { page, requests, complaints } = await open(browser, file);
    expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('draws every plot, each mark within its drawing', async () => {
    const { page } = await open(browser, file);
    const found = await page.locator('figure').evaluateAll(plotsIn);
    expect(found).toEqual(
      Object.entries(plots).map(([id, drawn]) => ({ id, drawn, outside: [], broken: false })),
    );
    await page.close();
  });

  it('shows names full of markup as text', async () => {
    const { page } = await open(browser, file);
    expect(await page.locator('img, script').count()).toBe(0);
    await page.close();
  });

  it.each(looks)(
    'has no accessibility finding and no sideways scrolling: $name',
    async ({ name: look, options }) => {
      const { page } = await open(browser, file, options);
      await page.locator('details').evaluateAll(setOpen, true);
      expect(await findings(page)).toEqual([]);
      expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0);
      const pictures = process.env.SCREENSHOTS;
      if (pictures !== undefined) {
        await page.locator('figure details').evaluateAll(setOpen, false);
        await page.screenshot({ path: join(pictures, `${name}-${look}.png`), fullPage: true });
      }
      await page.close();
    },
  );

  return (options = {}) => open(browser, file, options);
}
