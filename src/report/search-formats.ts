import type { OptimizeResult } from '../search/result.js';
import { searchPage } from './html/search-page.js';
import { searchMarkdown } from './search-markdown.js';
import type { ResultFormat } from './result-format.js';

/** Named as the formats of a bench result are. */
export const searchFormats: readonly ResultFormat<OptimizeResult>[] = [
  { name: 'html', render: searchPage },
  { name: 'md', render: searchMarkdown },
];
