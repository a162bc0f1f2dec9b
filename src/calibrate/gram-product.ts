import { Model } from '../ir/model.js';
import { tensorType } from '../ir/types.js';
import { attribute } from '../ir/attribute.js';
import { openSession, type Session } from '../runtime/session.js';
import { Tensor } from '../tensor/tensor.js';

/** Multiplies tall matrices in the runtime: `a`ᵀ `b` for a of [n, p] and b of [n, q], in float32. */
export class GramProduct {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  static async open(threads?: number): Promise<GramProduct> {
    const model = Model.create(13, 'gram');
    const { graph } = model;
    const [a, b] = ['a', 'b'].map((name) =>
      graph.declare(name, tensorType('float32', ['n', name === 'a' ? 'p' : 'q'])),
    );
    graph.addInput(a!);
    graph.addInput(b!);
    const node = graph.addNode('Gemm', [a, b], { attributes: [['transA', attribute.int(1)]] });
    const product = node.outputs[0]!;
    product.type = tensorType('float32', ['p', 'q']);
    graph.addOutput(product);
    return new GramProduct(await openSession(model, { threads }));
  }

  /** The product of two matrices that hold `rows` rows each, row-major; [p, q] row-major. */
  async multiply(a: Float32Array, b: Float32Array, rows: number): Promise<Float32Array> {
    const feeds = new Map([
      ['a', Tensor.float32([rows, a.length / rows], a)],
      ['b', Tensor.float32([rows, b.length / rows], b)],
    ]);
    const [result] = (await this.#session.run(feeds)).values();
    return result!.toFloat32();
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}
