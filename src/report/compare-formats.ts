import type { CompareResult } from '../quantize/compare/result.js';
import { compareMarkdown } from './compare-markdown.js';
import { comparePage } from './html/compare-page.js';
import type { ResultFormat } from './result-format.js';

/** Named as the formats of a bench result are. */
export const compareFormats: readonly ResultFormat<CompareResult>[] = [
  { name: 'html', render: comparePage },
  { name: 'md', render: compareMarkdown },
];
