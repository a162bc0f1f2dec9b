import { arm64 } from './arm64.js';
import type { Target } from './target.js';
import { tensorrt } from './tensorrt.js';
import { web } from './web.js';
import { x86, x86Avx2 } from './x86.js';

/** The targets of `--target`; `auto` picks one by the machine's instructions. */
export const targets: readonly Target[] = [x86, x86Avx2, arm64, web, tensorrt];
