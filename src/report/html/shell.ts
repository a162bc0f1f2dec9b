import type { BenchResult } from '../../bench/result.js';
import { verdictBadge } from './gates.js';
import { Html, html, nothing, type Content } from './html.js';
import { style } from './style.js';

export interface Shell {
  readonly title: string;
  /** Where something was judged. */
  readonly verdict?: BenchResult['verdict'];
  /** Links to the parts, where there are several. */
  readonly contents: Html;
  readonly main: Content;
  readonly footer: string;
}

/**
 * One HTML file that needs nothing else: no script, no font, no picture from anywhere. The policy in its head forbids
 * requests, should a name ever find a way to make one.
 */
export function shell({ title, verdict, contents, main, footer }: Shell): string {
  // The style is ours and holds nothing that was measured.
  return html`${new Html('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <header>
          <h1>infer-opt ${verdict === undefined ? nothing : verdictBadge(verdict)}</h1>
          ${contents}
        </header>
        <main>${main}</main>
        <footer>
          <p>${footer}</p>
        </footer>
      </body>
    </html> `.text;
}
