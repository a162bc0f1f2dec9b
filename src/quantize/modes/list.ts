import { dynamicMode } from './dynamic.js';
import { bfloat16Mode, float16Mode } from './half.js';
import type { Mode } from './mode.js';
import { staticMode } from './static.js';
import { weightsMode } from './weights.js';

/** The modes of `--mode` beside `auto`, in the order in which `auto` tries those that suggest themselves. */
export const modes: readonly Mode[] = [staticMode, dynamicMode, weightsMode, float16Mode, bfloat16Mode];
