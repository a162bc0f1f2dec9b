// Preloaded into the processes of models (NODE_OPTIONS): models whose file name begins with "slower-" take a tenth
// longer, within the call that is measured.
const { basename } = require('node:path');
const { InferenceSession } = require('onnxruntime-node');

const share = 0.1;
const slowed = new WeakSet();

const create = InferenceSession.create.bind(InferenceSession);
InferenceSession.create = async (source, ...rest) => {
  const session = await create(source, ...rest);
  if (typeof source === 'string' && basename(source).startsWith('slower-')) slowed.add(session);
  return session;
};

const run = InferenceSession.prototype.run;
InferenceSession.prototype.run = async function (...values) {
  const before = performance.now();
  const outputs = await run.apply(this, values);
  if (slowed.has(this)) {
    const until = before + (performance.now() - before) * (1 + share);
    while (performance.now() < until);
  }
  return outputs;
};
