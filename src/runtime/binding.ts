import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { InferOptError, messageOf } from '../errors.js';
import { storeFloat16AsBits } from './float16-bits.js';
import './no-telemetry.js';

/** What we use of onnxruntime-node. */
export interface Binding {
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof OrtTensor;
  readonly version: string;
}

let loaded: Promise<Binding> | undefined;

/**
 * onnxruntime-node, loaded at the first use: 45 MB of native code that `--help` must not wait for.
 * Throws `environment` when it is not installed or does not load on this platform.
 */
export function loadBinding(): Promise<Binding> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Binding> {
  try {
    const { env, InferenceSession, Tensor } = await import('onnxruntime-node');
    // The library's own messages, before any session has a level of its own.
    env.logLevel = 'fatal';
    storeFloat16AsBits(Tensor);
    return { InferenceSession, Tensor, version: env.versions.node ?? env.versions.common };
  } catch (error) {
    throw new InferOptError('environment', `onnxruntime-node cannot be loaded: ${messageOf(error)}`, {
      hint: 'npm install onnxruntime-node, on a platform that it supports (Linux, macOS, Windows; x64 or arm64)',
      cause: error,
    });
  }
}
