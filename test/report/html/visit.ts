import { pathToFileURL } from 'node:url';
import { source as axeSource } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { findChromium } from '../../../scripts/chromium.js';

export interface Opened {
  readonly page: Page;
  readonly requests: string[];
  readonly complaints: string[];
}

/** Opens a page from a file, and keeps what it asks for and complains about. */
export async function open(
  browser: Browser,
  file: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<Opened> {
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

/** Screens that a report is read on. */
export const looks = [
  { name: 'light', options: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' } },
  { name: 'dark', options: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' } },
  { name: 'narrow', options: { viewport: { width: 360, height: 740 }, colorScheme: 'light' } },
] as const;

/** The Chromium of this machine. */
export function launch(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('no Chromium is installed');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** What a screen reader or keyboard cannot use. Through the debugger: the page's own policy forbids scripts. */
export async function findings(page: Page): Promise<object[]> {
  const found = await page.evaluate<{ violations: Violation[] }>(`${axeSource}; axe.run()`);
  return found.violations.map(({ id, impact, nodes }) => ({
    id,
    impact,
    html: nodes.map((node) => node.html),
  }));
}
