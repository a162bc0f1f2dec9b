import { fitRange } from '../../calibrate/range-method.js';
import type { Graph } from '../../ir/graph.js';
import type { Node } from '../../ir/node.js';
import { attribute } from '../../ir/attribute.js';
import { tensorType } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { removeDeadFrom } from '../../passes/edit.js';
import { dtypeCode, type DType } from '../../tensor/dtype.js';
import { packBits } from '../../tensor/packing.js';
import { elementCount, Tensor } from '../../tensor/tensor.js';
import { affineOf, quantize, type Affine } from '../affine.js';
import { biasScales, leastWeightScales, quantizeBias } from '../bias.js';
import type { Target } from '../targets/target.js';
import type { WeightScales } from '../weight-scales.js';
import { quantizeWeights, type QuantizedWeights } from '../weights.js';
import { constantRange } from './constant-range.js';
import { gemmOperands } from './gemm.js';
import { integerSource } from './parameters.js';
import type { Moments } from '../rounding/moments.js';
import { roundAndScaleByMoments, roundByMoments } from '../rounding/round-weights.js';
import { biasCorrection } from './bias-correction.js';
import type { IntegerGroup, StaticPlan } from './plan.js';

/** How integer weights are chosen and stored. */
export interface WeightPrecision {
  /** Those of 4 bits are stored as int4 and made int8 when the model is opened: the kernels are the same. */
  readonly bits: 4 | 8;
  readonly scales: WeightScales;
}

export interface EmitSettings {
  readonly target: Target;
  readonly precisionOf: (node: Node) => WeightPrecision;
  /** False where DequantizeLinear knows no axis yet (before opset 13): weights then share one scale. */
  readonly perChannel: boolean;
  /** Mean of each input channel of a compute node, where it is known: its bias is corrected for it. */
  readonly inputMeans: ReadonlyMap<Node, Float64Array>;
  /** Second moments of the inputs of a compute node, where they are known: its weights are rounded by them. */
  readonly moments: ReadonlyMap<Node, Moments>;
  /** Gives what a node's weights were rounded to before, where its scales are the same, and rounds them otherwise. */
  readonly remember: (
    node: Node,
    nearest: QuantizedWeights,
    round: () => QuantizedWeights,
  ) => QuantizedWeights;
}

/**
 * Writes the plan into the graph as QuantizeLinear and DequantizeLinear pairs: activations into the ranges
 * of the outputs, weights and biases as integers. The graph must be the one that was planned.
 */
export function emitQdq(
  graph: Graph,
  plan: StaticPlan,
  parameters: ReadonlyMap<Value, Affine>,
  settings: EmitSettings,
): void {
  const emitter = new QdqEmitter(graph, parameters, settings);
  for (const group of plan.groups)
    if (group.activation !== undefined) emitter.foldActivation(group, group.activation);
  const groups = new Map(plan.groups.map((group) => [group.node, group]));
  for (const value of plan.values) emitter.quantizeValue(value, groups, plan.integerOnly.has(value));
  emitter.noteSharedWeights(plan.groups);
  for (const group of plan.groups) emitter.quantizeConstants(group);
}

class QdqEmitter {
  readonly #graph: Graph;
  readonly #parameters: ReadonlyMap<Value, Affine>;
  readonly #settings: EmitSettings;
  /** Scale and zero point constants, so that values with the same parameters share them. */
  readonly #constants = new Map<Affine, readonly [Value, Value]>();
  /** What now stands for a planned value whose Relu or Clip was folded: the output of the group's node. */
  readonly #folded = new Map<Value, Value>();
  readonly #shared = new Set<Tensor>();
  readonly #zeroPoints = new Map<string, Value>();
  readonly #weights = new Map<Tensor, QuantizedWeights>();

  constructor(graph: Graph, parameters: ReadonlyMap<Value, Affine>, settings: EmitSettings) {
    this.#graph = graph;
    this.#parameters = parameters;
    this.#settings = settings;
  }

  /** The group's node produces what the activation did: the saturation of the integers does the rest. */
  foldActivation({ node }: IntegerGroup, activation: Node): void {
    const inner = node.outputs[0]!;
    const outer = activation.outputs[0]!;
    for (const use of outer.uses) use.node.setInput(use.index, inner);
    const name = outer.name;
    this.#moveOutputs(outer, inner);
    removeDeadFrom(activation);
    // The value is what the activation gave out before, so it keeps that name.
    if (inner.name !== name) this.#graph.rename(inner, name);
    this.#folded.set(outer, inner);
  }

  /** `everyone`: the value exists as integers only, so that readers in float see the dequantized one as well. */
  quantizeValue(planned: Value, groups: ReadonlyMap<Node, IntegerGroup>, everyone: boolean): void {
    if (integerSource(planned) !== undefined) return;
    const value = this.#folded.get(planned) ?? planned;
    const affine = this.#parameters.get(planned)!;
    const [scale, zeroPoint] = this.#parameterConstants(planned, affine);
    const before = value.producer === undefined ? this.#graph.firstNode : value.producer.next;
    const quantizeNode = this.#graph.addNode('QuantizeLinear', [value, scale, zeroPoint], {
      name: this.#graph.names.fresh(`${value.name}_QuantizeLinear`),
      outputName: `${value.name}_quantized`,
      before,
    });
    const integers = quantizeNode.outputs[0]!;
    const dequantizeNode = this.#graph.addNode('DequantizeLinear', [integers, scale, zeroPoint], {
      name: this.#graph.names.fresh(`${value.name}_DequantizeLinear`),
      outputName: `${value.name}_dequantized`,
      before,
    });
    const real = dequantizeNode.outputs[0]!;
    const dims = value.type?.kind === 'tensor' ? value.type.dims : undefined;
    integers.type = tensorType(affine.dtype, dims);
    real.type = value.type;
    for (const use of value.uses) {
      if (use.node === quantizeNode) continue;
      const group = groups.get(use.node);
      if (everyone || group?.rule.dataInputs(use.node).includes(use.index) === true) {
        use.node.setInput(use.index, real);
      }
    }
    if (everyone) this.#moveOutputs(value, real);
  }

  /** Remembers the weights that more than one group multiplies with. */
  noteSharedWeights(groups: readonly IntegerGroup[]): void {
    const seen = new Set<Tensor>();
    for (const { node, rule } of groups) {
      const layout = rule.weights?.(node);
      const weights = layout === undefined ? undefined : node.inputs[layout.index]?.constant;
      if (weights === undefined) continue;
      if (seen.has(weights)) this.#shared.add(weights);
      seen.add(weights);
    }
  }

  quantizeConstants(group: IntegerGroup): void {
    const { node, rule } = group;
    const layout = rule.weights?.(node);
    if (layout === undefined) {
      for (const index of rule.dataInputs(node)) this.#quantizeOperand(node, index);
      return;
    }
    const input = node.inputs[rule.dataInputs(node)[0]!]!;
    const inputScale = this.#scaleOf(input);
    const { weights, bias } = gemmOperands(node, layout);
    const floatBias = this.#settings.target.bias === 'float';
    // A bias that stays float bounds no scale.
    const least = bias === undefined || floatBias ? undefined : leastWeightScales(bias, inputScale);
    const channelAxis = this.#settings.perChannel ? layout.channelAxis : undefined;
    const perTensor = channelAxis === undefined;
    const nearest = this.#quantizeWeights(
      node,
      weights,
      channelAxis,
      least !== undefined && perTensor ? Float64Array.of(Math.max(...least)) : least,
    );
    const quantized = this.#rounded(node, weights, nearest, least);
    const name = node.inputs[layout.index]!.name;
    const old = [node.inputs[layout.index]!, node.inputs[layout.biasIndex ?? -1]];
    const corrected = this.#correctedBias(node, weights, bias, quantized);
    node.setInput(layout.index, this.#dequantizedConstant(node, name, quantized));
    if (corrected !== undefined && floatBias) {
      const name = old[1]?.name ?? `${node.label}_bias`;
      node.setInput(
        layout.biasIndex!,
        this.#graph.addConstant(name, Tensor.float32([corrected.length], corrected)),
      );
    } else if (corrected !== undefined) {
      const scales = biasScales(inputScale, quantized.scale.toFloat32());
      const integers = {
        values: quantizeBias(corrected, scales),
        scale: Tensor.float32(perTensor ? [] : [scales.length], scales),
        axis: perTensor ? undefined : 0,
      };
      const biasName = old[1]?.name ?? `${name}_bias`;
      node.setInput(layout.biasIndex!, this.#dequantizedConstant(node, biasName, integers));
    }
    for (const value of old)
      if (value?.isUnused === true && !value.isGraphInput) value.graph.removeValue(value);
  }

  #boundOf(node: Node): number {
    const { target, precisionOf } = this.#settings;
    return precisionOf(node).bits === 4 ? Math.min(7, target.weightBound) : target.weightBound;
  }

  /** Weights that several nodes share stay as they are: each would want them rounded in its own way. */
  #rounded(
    node: Node,
    weights: Tensor,
    nearest: QuantizedWeights,
    least: ArrayLike<number> | undefined,
  ): QuantizedWeights {
    const moments = this.#settings.moments.get(node);
    const shared = this.#shared.has(weights);
    if (moments === undefined || shared) return nearest;
    const { bits, scales } = this.#settings.precisionOf(node);
    return this.#settings.remember(node, nearest, () =>
      bits === 4 && scales === 'mse'
        ? roundAndScaleByMoments(node, weights, nearest, moments, this.#boundOf(node), least)
        : roundByMoments(node, weights, nearest, moments, this.#boundOf(node)),
    );
  }

  /** The bias with what rounding the weights takes from the outputs' means; a node without one may get one. */
  #correctedBias(
    node: Node,
    weights: Tensor,
    bias: Float32Array | undefined,
    quantized: QuantizedWeights,
  ): Float32Array | undefined {
    const means = this.#settings.inputMeans.get(node);
    if (means === undefined) return bias;
    const correction = biasCorrection(node, weights, quantized, means);
    return Float32Array.from(correction, (value, output) => value + (bias?.[output] ?? 0));
  }

  /** A constant operand of Add, Mul or Concat, as integers of the activation type. */
  #quantizeOperand(node: Node, index: number): void {
    const operand = node.inputs[index];
    if (operand?.constant === undefined) return;
    const { activation, symmetric } = this.#settings.target;
    const { low, high } = constantRange(operand.constant);
    const affine = affineOf(fitRange(low, high, { steps: 255, symmetric }), activation);
    const integers = Tensor.of(
      affine.dtype,
      operand.constant.dims,
      quantize(operand.constant.toFloat32(), affine),
    );
    const [scale, zeroPoint] = this.#parameterConstants(operand, affine);
    const data = this.#graph.addConstant(`${operand.name}_quantized`, integers);
    const dequantizeNode = this.#graph.addNode('DequantizeLinear', [data, scale, zeroPoint], {
      name: this.#graph.names.fresh(`${operand.name}_DequantizeLinear`),
      outputName: `${operand.name}_dequantized`,
      before: node,
    });
    node.setInput(index, dequantizeNode.outputs[0]);
    if (operand.isUnused && !operand.isGraphInput) operand.graph.removeValue(operand);
  }

  #scaleOf(real: Value): number {
    const scale = real.producer?.inputs[1]?.constant;
    return scale?.toNumbers()[0] ?? NaN;
  }

  #quantizeWeights(
    node: Node,
    weights: Tensor,
    axis: number | undefined,
    least: ArrayLike<number> | undefined,
  ): QuantizedWeights {
    const known = this.#weights.get(weights);
    const sufficient =
      known?.axis === axis &&
      (least === undefined ||
        known?.scale.toFloat32().every((scale, channel) => scale >= (least[channel] ?? 0)));
    if (known !== undefined && sufficient) return known;
    const { scales } = this.#settings.precisionOf(node);
    const quantized = quantizeWeights(weights, axis, this.#boundOf(node), least, scales);
    this.#weights.set(weights, quantized);
    return quantized;
  }

  readonly #dequantizedConstants = new Map<Tensor, Value>();

  /** Integers with a DequantizeLinear behind them; the same integers (shared weights) are stored once. */
  #dequantizedConstant(before: Node, name: string, { values, scale, axis }: QuantizedWeights): Value {
    const known = this.#dequantizedConstants.get(values);
    if (known !== undefined) return known;
    const inputs = [
      this.#storedIntegers(before, name, values),
      this.#graph.addConstant(`${name}_scale`, scale),
      // The zero point could be left out by the standard; the runtime then makes no integer kernel of a Gemm.
      this.#zeros(values.dtype, scale.dims),
    ];
    const node = this.#graph.addNode('DequantizeLinear', inputs, {
      name: this.#graph.names.fresh(`${name}_DequantizeLinear`),
      outputName: `${name}_dequantized`,
      attributes: axis === undefined ? [] : [['axis', attribute.int(axis)]],
      before,
    });
    const value = node.outputs[0]!;
    value.type = tensorType('float32', values.dims);
    this.#dequantizedConstants.set(values, value);
    return value;
  }

  /** A constant of integers, or one of half the size and what makes it. */
  #storedIntegers(before: Node, name: string, values: Tensor): Value {
    if (this.#settings.precisionOf(before).bits === 8 || values.dtype !== 'int8')
      return this.#graph.addConstant(`${name}_quantized`, values);
    const packed = packBits(
      Uint8Array.from(values.toNumbers(), (value) => value & 15),
      4,
    );
    const cast = this.#graph.addNode(
      'Cast',
      [this.#graph.addConstant(`${name}_quantized`, Tensor.of('int4', values.dims, packed))],
      {
        name: this.#graph.names.fresh(`${name}_Cast`),
        outputName: `${name}_int8`,
        attributes: [['to', attribute.int(dtypeCode('int8'))]],
        before,
      },
    );
    const integers = cast.outputs[0]!;
    integers.type = tensorType('int8', values.dims);
    return integers;
  }

  /** Zero points, shared by everything of their type and dims. */
  #zeros(dtype: DType, dims: readonly number[]): Value {
    const key = `${dtype} ${dims.join(' ')}`;
    let zeros = this.#zeroPoints.get(key);
    if (zeros === undefined) {
      zeros = this.#graph.addConstant(
        'zero_point',
        Tensor.fromNumbers(dtype, dims, new Uint8Array(elementCount(dims))),
      );
      this.#zeroPoints.set(key, zeros);
    }
    return zeros;
  }

  #parameterConstants(value: Value, affine: Affine): readonly [Value, Value] {
    let constants = this.#constants.get(affine);
    if (constants === undefined) {
      constants = [
        this.#graph.addConstant(`${value.name}_scale`, Tensor.float32([], [affine.scale])),
        this.#graph.addConstant(
          `${value.name}_zero_point`,
          Tensor.fromNumbers(affine.dtype, [], [affine.zeroPoint]),
        ),
      ];
      this.#constants.set(affine, constants);
    }
    return constants;
  }

  /** Where the graph gave out `from` it gives out `to`, under the same name. */
  #moveOutputs(from: Value, to: Value): void {
    if (!from.isGraphOutput) return;
    this.#graph.outputs.forEach((output, index) => {
      if (output === from) this.#graph.setOutput(index, to);
    });
    this.#graph.swapNames(from, to);
    to.type = from.type;
  }
}

/** Removes nodes that nothing reads after the rewrite. */
export function removeDead(graph: Graph): void {
  for (const node of graph.nodesReversed()) removeDeadFrom(node);
}
