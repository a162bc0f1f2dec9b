import { htmlPage } from './html/page.js';
import { junit } from './junit.js';
import { markdown } from './markdown.js';
import type { ReportFormat } from './report.js';

/** In the order of the help: for people, for comments, for machines. */
export const reportFormats: readonly ReportFormat[] = [htmlPage, markdown, junit];
