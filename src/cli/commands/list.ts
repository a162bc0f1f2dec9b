import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';

/** Gives a command its arguments, flags, examples and action. */
export type DefineCommand = (command: Command, terminal: Terminal) => void;

/** A command as the list of them shows it; what it takes and does is loaded when it is named. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<DefineCommand>;
}

/** In the order of the help: look, change, measure, ask about this machine. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'inspect',
    summary: 'what a model is, and what would become integer',
    load: async () => (await import('./inspect.js')).inspect,
  },
  {
    name: 'fuse',
    summary: 'a simpler graph that computes the same: folded, fused, checked',
    load: async () => (await import('./fuse.js')).fuse,
  },
  {
    name: 'quantize',
    summary: 'make a model smaller and faster with 8-bit or 16-bit numbers',
    load: async () => (await import('./quantize.js')).quantize,
  },
  {
    name: 'compile',
    summary: 'make an artifact for one runtime on one kind of machine',
    load: async () => (await import('./compile.js')).compile,
  },
  {
    name: 'prune',
    summary: 'make weights zero or cut channels, and repair what stays from samples',
    load: async () => (await import('./prune.js')).prune,
  },
  {
    name: 'distill',
    summary: 'train a student to give what its teacher gives, on unlabelled samples',
    load: async () => (await import('./distill.js')).distill,
  },
  {
    name: 'bench',
    summary: 'measure artifacts against a baseline: latency, size, accuracy, gates',
    load: async () => (await import('./bench.js')).bench,
  },
  {
    name: 'compare',
    summary: 'layer by layer, where the error of an artifact enters',
    load: async () => (await import('./compare.js')).compare,
  },
  {
    name: 'plan',
    summary: 'which batching settings an artifact should be served with',
    load: async () => (await import('./plan.js')).planCommand,
  },
  {
    name: 'package',
    summary: 'put artifacts into a model repository for Triton',
    load: async () => (await import('./package.js')).packageCommand,
  },
  {
    name: 'optimize',
    summary: 'the whole job: the fastest artifact that meets the gates',
    load: async () => (await import('./optimize.js')).optimize,
  },
  {
    name: 'run',
    summary: 'a job written down as a recipe, cached step by step',
    load: async () => (await import('./run.js')).run,
  },
  {
    name: 'init',
    summary: 'write a recipe to begin with, after a look at model and data',
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
    load: async () => (await import('./doctor.js')).doctor,
  },
  {
    name: 'cache',
    summary: 'how large the cache is; cache prune empties it',
    load: async () => (await import('./cache.js')).cache,
  },
];
