import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/**
 * The test_data_set folders beside a model: inputs and expected outputs in the model's order.
 * @param {string} file
 * @param {any} session
 * @param {(bytes: Uint8Array, file: string) => any} parse reads a TensorProto
 * @returns {any[] | string} the cases, or why they cannot be used
 */
export function testData(file, session, parse) {
  const folder = path.dirname(file);
  if (path.basename(file) !== 'model.onnx') return [];
  const cases = [];
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith('test_data_set_'))) {
    try {
      const inputs = protos(path.join(folder, name), 'input', parse);
      // An example of the standard may leave an optional input out: then its inputs go by name.
      const feeds = new Map(
        session.inputs.map((/** @type {any} */ input, /** @type {number} */ index) => {
          const given = inputs.find((candidate) => candidate?.name === input.name) ?? inputs[index];
          return [input.name, given?.tensor];
        }),
      );
      if ([...feeds.values()].includes(undefined)) return 'the test data lacks an input';
      const outputs = protos(path.join(folder, name), 'output', parse);
      const expected = new Map(
        session.outputs.map((/** @type {any} */ output, /** @type {number} */ index) => [
          output.name,
          outputs[index]?.tensor,
        ]),
      );
      cases.push({ feeds, expected });
    } catch (error) {
      return `the test data cannot be read: ${String(error).replace(/^.*\.pb/, 'it')}`;
    }
  }
  return cases;
}

/**
 * @param {string} folder
 * @param {'input' | 'output'} kind
 * @param {(bytes: Uint8Array, file: string) => any} parse
 * @returns {any[]} an output that is no tensor is undefined
 */
function protos(folder, kind, parse) {
  const count = readdirSync(folder).filter((name) => name.startsWith(`${kind}_`)).length;
  return Array.from({ length: count }, (_, index) => {
    const file = path.join(folder, `${kind}_${index}.pb`);
    try {
      return parse(readFileSync(file), file);
    } catch (error) {
      if (kind === 'input') throw error;
      return undefined;
    }
  });
}
