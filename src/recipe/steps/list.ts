import { transforms } from '../../search/transforms/list.js';
import { bench } from './bench.js';
import { compile } from './compile.js';
import { distill } from './distill.js';
import { optimize } from './optimize.js';
import { packageStep } from './package.js';
import type { RecipeStep } from './step.js';
import { transformStep } from './transform.js';

/** In the order of the documentation: change, search, measure, deliver. A recipe has them in its own order. */
export const steps: readonly RecipeStep[] = [
  ...transforms.map(transformStep),
  distill,
  optimize,
  bench,
  compile,
  packageStep,
];
