import { describe } from 'vitest';
import { comparePage } from '../../../src/report/html/compare-page.js';
import { comparison } from '../sample-comparison.js';
import { soundPage } from './sound-page.js';

describe('the HTML report of a comparison in a browser', () => {
  soundPage('compare', comparePage(comparison()), { 'compare-layers': 1 });
});
