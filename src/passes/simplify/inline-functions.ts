import type { Model, ModelFunction } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { copyInto } from '../copy-graph.js';
import { Edit, removeDeadFrom } from '../edit.js';
import type { Pass, SkippedPlace } from '../pass.js';

/** Puts the nodes of the functions that a model brings along in the place of their calls. On request only. */
export const inlineFunctions: Pass = {
  name: 'inline-functions',
  summary: 'Puts the nodes of functions that the model brings along in the place of their calls',
  effect: 'exact',
  run(model) {
    const skipped: SkippedPlace[] = [];
    let changes = 0;
    for (const graph of [...model.graphs()]) {
      for (const node of graph.nodes()) {
        const called = model.functions.find(
          ({ name, domain, overload }) =>
            name === node.opType && domain === node.domain && overload === node.overload,
        );
        if (called === undefined) continue;
        const why = obstacle(model, called);
        if (why === undefined) {
          inline(node, called, model);
          changes += 1;
        } else skipped.push({ at: node.label, why });
      }
    }
    if (changes > 0) dropUnused(model);
    return { changes, skipped };
  },
};

function obstacle(model: Model, called: ModelFunction): string | undefined {
  for (const [domain, version] of called.opsets) {
    const own = model.opsets.get(domain);
    if (own !== undefined && own !== version)
      return `function ${called.name} means opset ${version} of ${domain === '' ? 'the standard' : domain}, the model ${own}`;
  }
  for (const graph of called.graph.withSubgraphs()) {
    for (const node of graph.nodes()) {
      const strange = [...node.attributes.values()].some(
        (found) => found.kind === 'other' && found.reference === undefined,
      );
      if (strange) return `an attribute of ${node.label} in function ${called.name} is not understood`;
    }
  }
  return undefined;
}

function inline(node: Node, called: ModelFunction, model: Model): void {
  const twins = new Map<Value, Value | undefined>();
  called.graph.inputs.forEach((input, index) => twins.set(input, node.inputs[index]));
  // What neither the call nor the function gives is left out, as if the body had not named it.
  copyInto(called.graph, node.graph, twins, node, (found) =>
    found.kind !== 'other' || found.reference === undefined
      ? found
      : (node.attributes.get(found.reference) ?? called.attributeDefaults.get(found.reference)),
  );
  const edit = new Edit(node);
  called.graph.outputs.forEach((value, index) => {
    const output = node.outputs[index];
    const result = twins.get(value);
    if (output === undefined || result === undefined) return;
    edit.replace(output, result);
  });
  removeDeadFrom(node);
  for (const [domain, version] of called.opsets)
    if (!model.opsets.has(domain)) model.opsets.set(domain, version);
}

function dropUnused(model: Model): void {
  const key = (domain: string, name: string, overload: string): string =>
    JSON.stringify([domain, name, overload]);
  for (let before = -1; before !== model.functions.length;) {
    before = model.functions.length;
    const called = new Set<string>();
    for (const graph of [
      ...model.graphs(),
      ...model.functions.flatMap((own) => [...own.graph.withSubgraphs()]),
    ]) {
      for (const node of graph.nodes()) called.add(key(node.domain, node.opType, node.overload));
    }
    const kept = model.functions.filter((own) => called.has(key(own.domain, own.name, own.overload)));
    model.functions.splice(0, before, ...kept);
  }
}
