import type { Compiler } from './compiler.js';
import { onnxruntime } from './onnxruntime/onnxruntime.js';
import { tensorrt } from './tensorrt/tensorrt.js';

/** The targets of `compile`: what works on every machine first. */
export const compilers: readonly Compiler[] = [onnxruntime, tensorrt];
