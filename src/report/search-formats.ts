import type { OptimizeResult } from '../search/result.js';
import { searchPage } from './html/search-page.js';
import { searchMarkdown } from './search-markdown.js';

/** A way to show what a search found; named as the formats of a bench result are. */
export interface SearchFormat {
  readonly name: string;
  render(result: OptimizeResult): string;
}

export const searchFormats: readonly SearchFormat[] = [
  { name: 'html', render: searchPage },
  { name: 'md', render: searchMarkdown },
];
