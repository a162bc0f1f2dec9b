import type { CompareResult } from '../quantize/compare/result.js';
import { compareMarkdown } from './compare-markdown.js';
import { comparePage } from './html/compare-page.js';

/** A way to show a comparison; named as the formats of a bench result are. */
export interface CompareFormat {
  readonly name: string;
  render(result: CompareResult): string;
}

export const compareFormats: readonly CompareFormat[] = [
  { name: 'html', render: comparePage },
  { name: 'md', render: compareMarkdown },
];
