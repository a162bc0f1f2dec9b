import { describe } from 'vitest';
import { searchPage } from '../../../src/report/html/search-page.js';
import { searchResult } from '../sample-search.js';
import { soundPage } from './sound-page.js';

describe('the HTML report of a search in a browser', () => {
  soundPage('search', searchPage(searchResult), { 'search-pareto': 3 });
});
