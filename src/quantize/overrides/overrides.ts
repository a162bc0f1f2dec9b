import { rangeMethods } from '../../calibrate/methods/list.js';
import type { Range, RangeMethod } from '../../calibrate/range-method.js';
import type { Node } from '../../ir/node.js';
import { nodePattern, textPattern } from '../name-pattern.js';
import type { WeightPrecision } from '../static/emit.js';
import { overrideText, type NodeOverride, type Override, type ValueOverride } from './override.js';

interface Compiled<Setting, Subject> {
  readonly setting: Setting;
  readonly text: string;
  readonly fits: (subject: Subject) => boolean;
}

/** Settings of single nodes and values. Where several fit, each setting is that of the last one that makes it. */
export class Overrides {
  readonly #nodes: readonly Compiled<NodeOverride, Node>[];
  readonly #values: readonly Compiled<ValueOverride, string>[];
  readonly #used = new Set<string>();

  constructor(overrides: readonly Override[] = []) {
    this.#nodes = overrides.flatMap((setting) =>
      'nodes' in setting ? [{ setting, text: overrideText(setting), fits: nodePattern(setting.nodes) }] : [],
    );
    this.#values = overrides.flatMap((setting) =>
      'values' in setting
        ? [{ setting, text: overrideText(setting), fits: textPattern(setting.values) }]
        : [],
    );
  }

  /** Whether any weights are to have 4 bits, which takes a newer operator set. */
  get hasFourBits(): boolean {
    return this.#nodes.some(({ setting }) => setting.bits === 4);
  }

  /** Whether ranges are given, which are of the values as they are. */
  get hasRanges(): boolean {
    return this.#values.some(({ setting }) => setting.range !== undefined);
  }

  precisionOf(node: Node, usual: WeightPrecision): WeightPrecision {
    const found = this.#of(this.#nodes, node);
    return { bits: found.bits ?? usual.bits, scales: found.weight_scales ?? usual.scales };
  }

  roundingOf(node: Node, usual: 'output' | 'nearest'): 'output' | 'nearest' {
    return this.#of(this.#nodes, node).rounding ?? usual;
  }

  /** Undefined where nothing is said of the value. */
  methodOf(value: string): RangeMethod | undefined {
    const { calibration } = this.#of(this.#values, value);
    return rangeMethods.find(({ name }) => name === calibration);
  }

  /** Undefined where nothing is said of the value. */
  rangeOf(value: string): Range | undefined {
    const { range } = this.#of(this.#values, value);
    return range === undefined ? undefined : { low: range[0], high: range[1] };
  }

  /** Those that nothing has been asked about that they fit: most likely a slip. */
  unused(): string[] {
    return [...this.#nodes, ...this.#values].map(({ text }) => text).filter((text) => !this.#used.has(text));
  }

  #of<Setting extends object, Subject>(
    compiled: readonly Compiled<Setting, Subject>[],
    subject: Subject,
  ): Partial<Setting> {
    const found = compiled.filter(({ fits }) => fits(subject));
    for (const { text } of found) this.#used.add(text);
    return Object.assign({}, ...found.map(({ setting }) => setting)) as Partial<Setting>;
  }
}
