// What the runtime alone takes to open a model and run it once on zeros, in MB over what the process has anyway:
// node runtime-peak.js MODEL. Models whose weights are made by operators are small files and large in memory.
import { readFileSync } from 'node:fs';
import { elementCount, Tensor } from '../../dist/tensor/tensor.js';
import { byteLengthOf } from '../../dist/tensor/dtype.js';
import { openSession } from '../../dist/runtime/session.js';

const [model] = process.argv.slice(2);
const base = peak();
try {
  const session = await openSession(model);
  const feeds = new Map(
    session.inputs.map(({ name, dtype, dims }) => {
      const lengths = dims.map((dim) => (typeof dim === 'number' ? dim : 1));
      const bytes = new Uint8Array(byteLengthOf(dtype, elementCount(lengths)));
      return [name, Tensor.fromBytes(dtype, lengths, bytes)];
    }),
  );
  await session.run(feeds);
} catch {
  // It took what it took until then.
}
console.log((peak() - base).toFixed(0));

function peak() {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return Number(kilobytes) / 1024;
}
