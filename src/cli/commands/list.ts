import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';

/** Gives a command its arguments, flags, examples and action. */
export type DefineCommand = (command: Command, terminal: Terminal) => void;

/** A command as the list of them shows it; what it takes and does is loaded when it is named. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Calls native code (the runtime, decoders of images), which can end its process: a parent watches over it. */
  readonly native?: true;
  readonly load: () => Promise<DefineCommand>;
}

/** In the order of the help: look, change, measure, ask about this machine. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'inspect',
    summary: 'what a model is, and what would become integer',
    native: true,
    load: async () => (await import('./inspect.js')).inspect,
  },
  {
    name: 'fuse',
    summary: 'a simpler graph that computes the same: folded, fused, checked',
    native: true,
    load: async () => (await import('./fuse.js')).fuse,
  },
  {
    name: 'quantize',
    summary: 'make a model smaller and faster with 8-bit or 16-bit numbers',
    native: true,
    load: async () => (await import('./quantize.js')).quantize,
  },
  {
    name: 'compile',
    summary: 'make an artifact for one runtime on one kind of machine',
    native: true,
    load: async () => (await import('./compile.js')).compile,
  },
  {
    name: 'prune',
    summary: 'make weights zero or cut channels, and repair what stays from samples',
    native: true,
    load: async () => (await import('./prune.js')).prune,
  },
  {
    name: 'distill',
    summary: 'train a student to give what its teacher gives, on unlabelled samples',
    native: true,
    load: async () => (await import('./distill.js')).distill,
  },
  {
    name: 'bench',
    summary: 'measure artifacts against a baseline: latency, size, accuracy, gates',
    native: true,
    load: async () => (await import('./bench.js')).bench,
  },
  {
    name: 'compare',
    summary: 'layer by layer, where the error of an artifact enters',
    native: true,
    load: async () => (await import('./compare.js')).compare,
  },
  {
    name: 'plan',
    summary: 'which batching settings an artifact should be served with',
    native: true,
    load: async () => (await import('./plan.js')).planCommand,
  },
  {
    name: 'package',
    summary: 'put artifacts into a model repository for Triton',
    native: true,
    load: async () => (await import('./package.js')).packageCommand,
  },
  {
    name: 'optimize',
    summary: 'the whole job: the fastest artifact that meets the gates',
    native: true,
    load: async () => (await import('./optimize.js')).optimize,
  },
  {
    name: 'run',
    summary: 'a job written down as a recipe, cached step by step',
    native: true,
    load: async () => (await import('./run.js')).run,
  },
  {
    name: 'init',
    summary: 'write a recipe to begin with, after a look at model and data',
    native: true,
    load: async () => (await import('./init.js')).init,
  },
  {
    name: 'report',
    summary: 'a result of bench as HTML, Markdown or JUnit; merge several',
    load: async () => (await import('./report.js')).report,
  },
  {
    name: 'doctor',
    summary: 'what works here: runtime, CPU instructions, GPU, trtexec',
    native: true,
    load: async () => (await import('./doctor.js')).doctor,
  },
  {
    name: 'cache',
    summary: 'how large the cache is; cache prune empties it',
    load: async () => (await import('./cache.js')).cache,
  },
];
