import { expect } from 'vitest';
import type { Attribute } from '../../../src/ir/attribute.js';
import { Model } from '../../../src/ir/model.js';
import type { Node } from '../../../src/ir/node.js';
import { tensorType, type Dim } from '../../../src/ir/types.js';
import { verifyModel } from '../../../src/ir/verify.js';
import { decodeModel } from '../../../src/onnx/read.js';
import { upgradeOpset } from '../../../src/onnx/upgrade/upgrade.js';
import { encodeModel } from '../../../src/onnx/write.js';
import { openSession } from '../../../src/runtime/session.js';
import { Tensor } from '../../../src/tensor/tensor.js';

/** The opsets that plans ask for, and the newest that the runtime opens. */
export const targets = [13, 17, 21, 26];

export interface OneNode {
  readonly opset: number;
  readonly operator: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** In the node's order: fed when the model runs, or fixed in it; undefined is an omitted one. */
  readonly inputs: readonly (Tensor | { readonly constant: Tensor } | undefined)[];
  readonly outputs?: number;
  /** What the model says about the dims of its inputs; their true dims without. */
  readonly dims?: readonly Dim[] | 'unknown rank' | undefined;
  /** The newest opset in which the runtime has a kernel for it. */
  readonly runsUpTo?: number;
}

/** A model of one node; inputs are x0, x1..., outputs y0, y1... */
export function oneNode({ opset, operator, attributes = {}, inputs, outputs = 1, dims }: OneNode): Model {
  const model = Model.create(opset);
  const { graph } = model;
  const values = inputs.map((input, index) => {
    if (input === undefined) return undefined;
    if (!(input instanceof Tensor)) return graph.addConstant(`c${index}`, input.constant);
    const declared = dims === 'unknown rank' ? undefined : (dims ?? input.dims);
    const value = graph.declare(`x${index}`, tensorType(input.dtype, declared));
    graph.addInput(value);
    return value;
  });
  const results = Array.from({ length: outputs }, (_, index) => graph.declare(`y${index}`));
  graph.addNode(operator, values, { name: 'node', attributes: Object.entries(attributes), outputs: results });
  for (const value of results) graph.addOutput(value);
  return model;
}

export function feedsOf({ inputs }: OneNode): Map<string, Tensor> {
  return new Map(
    inputs.flatMap((input, index) => (input instanceof Tensor ? [[`x${index}`, input] as const] : [])),
  );
}

export async function run(model: Model, feeds: ReadonlyMap<string, Tensor>): Promise<Tensor[]> {
  verifyModel(model);
  verifyModel(decodeModel(encodeModel(model)));
  const session = await openSession(model);
  try {
    return [...(await session.run(feeds)).values()];
  } finally {
    await session.close();
  }
}

/** Asserts that a node, upgraded to each target above it, gives what it gives at its own opset in the runtime. */
export async function expectUnchanged(node: OneNode): Promise<void> {
  await expectSame(
    () => oneNode(node),
    feedsOf(node),
    await run(oneNode(node), feedsOf(node)),
    node.runsUpTo,
  );
}

/** Asserts that a node gives these numbers when it is upgraded: for opsets that the runtime does not run. */
export async function expectNumbers(
  node: OneNode,
  ...outputs: readonly (readonly number[])[]
): Promise<void> {
  for (const target of targets) {
    const model = oneNode(node);
    upgradeOpset(model, target);
    if (target > (node.runsUpTo ?? target)) continue;
    const results = await run(model, feedsOf(node));
    expect(results.length).toBe(outputs.length);
    outputs.forEach((wanted, index) => {
      const found = Array.from(results[index]!.toNumbers());
      expect(found.length, `opset ${target}`).toBe(wanted.length);
      found.forEach((number, place) => {
        expect(number, `opset ${target}, element ${place}`).toBeCloseTo(wanted[place]!, 5);
      });
    });
  }
}

export async function expectSame(
  build: () => Model,
  feeds: ReadonlyMap<string, Tensor>,
  wanted: readonly Tensor[],
  runsUpTo = Infinity,
): Promise<void> {
  for (const target of targets) {
    const model = build();
    if (model.opset >= target) continue;
    expect(upgradeOpset(model, target).to).toBe(target);
    if (target > runsUpTo) continue;
    const found = await run(model, feeds);
    wanted.forEach((tensor, index) => {
      expect(found[index]?.dims, `opset ${target}`).toEqual(tensor.dims);
      expect(found[index]?.values(), `opset ${target}`).toEqual(tensor.values());
    });
  }
}

/** The nodes of a model after the upgrade, as `Operator`. */
export function upgradedOperators(node: OneNode, target: number): string[] {
  const model = oneNode(node);
  upgradeOpset(model, target);
  return [...model.graph.nodes()].map(({ opType }: Node) => opType);
}

/** Distinct floats around 0 in an order that is not sorted. */
export function floats(...dims: number[]): Tensor {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return Tensor.float32(
    dims,
    Array.from({ length: size }, (_, i) => (((i * 7919) % 101) - 50) / 16),
  );
}
