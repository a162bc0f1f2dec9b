/** Builds the graphs of operator-cases.js: activations are [1, rows, width]; constants of one name and shape exist once. */
export class OperatorGraph {
  /**
   * @param {any} library  what the built library exports: Model, Tensor, attribute, tensorType
   * @param {{ opset: number, rows: number, width: number, heads: number }} settings
   */
  constructor(library, { opset, rows, width, heads }) {
    this.library = library;
    this.rows = rows;
    this.width = width;
    this.heads = heads;
    this.model = library.Model.create(opset);
    this.graph = this.model.graph;
    /** @type {Map<string, any>} */
    this.shared = new Map();
  }

  input(/** @type {string} */ name, /** @type {string} */ dtype, /** @type {number[]} */ dims) {
    return this.once(`input ${name}`, () => {
      const value = this.graph.declare(name, this.library.tensorType(dtype, dims));
      this.graph.addInput(value);
      return value;
    });
  }

  x() {
    return this.input('x', 'float32', [1, this.rows, this.width]);
  }

  mask() {
    return this.input('mask', 'int64', [1, this.rows]);
  }

  ids() {
    return this.input('ids', 'int64', [1, this.rows]);
  }

  types() {
    return this.input('types', 'int64', [1, this.rows]);
  }

  activation(/** @type {string} */ name) {
    return this.input(name, 'float32', [1, this.rows, this.width]);
  }

  once(/** @type {string} */ key, /** @type {() => any} */ make) {
    const found = this.shared.get(key) ?? make();
    this.shared.set(key, found);
    return found;
  }

  constant(/** @type {string} */ name, /** @type {() => any} */ tensor) {
    return this.once(`constant ${name}`, () => this.graph.addConstant(name, tensor()));
  }

  number(/** @type {number} */ value) {
    return this.constant(`number ${value}`, () => this.library.Tensor.float32([], [value]));
  }

  integers(/** @type {number[]} */ values) {
    return this.constant(`integers ${values}`, () => this.library.Tensor.int64([values.length], values));
  }

  constantInt32(/** @type {number[]} */ dims, /** @type {number[]} */ values) {
    return this.constant(`int32 ${dims} ${values}`, () =>
      this.library.Tensor.fromNumbers('int32', dims, values),
    );
  }

  vector(/** @type {string} */ name) {
    return this.constant(name, () => this.random(name, [this.width], 0.5));
  }

  /** Vectors of these names behind each other. */
  vectors(/** @type {string[]} */ names) {
    const parts = names.map((name) => this.vector(name).constant.toNumbers());
    return this.constant(`vectors ${names}`, () =>
      this.library.Tensor.float32(
        [names.length * this.width],
        parts.flatMap((part) => [...part]),
      ),
    );
  }

  /** Square matrices of these names beside each other. */
  matrices(/** @type {string[]} */ names) {
    const { width } = this;
    const parts = names.map((name) => this.matrix(name, width, width).constant.toNumbers());
    const columns = names.length * width;
    return this.constant(`matrices ${names}`, () =>
      this.library.Tensor.float32(
        [width, columns],
        Array.from({ length: width * columns }, (_, at) => {
          const [row, column] = [Math.floor(at / columns), at % columns];
          return parts[Math.floor(column / width)][row * width + (column % width)];
        }),
      ),
    );
  }

  matrix(/** @type {string} */ name, /** @type {number} */ rows, /** @type {number} */ columns) {
    return this.constant(`matrix ${name}`, () => this.random(name, [rows, columns], 1 / Math.sqrt(rows)));
  }

  /** Cosine or sine of the positions: [rows, half of a head's width], or over the whole of it. */
  angles(/** @type {'cos' | 'sin'} */ kind, /** @type {boolean} */ whole) {
    const half = this.width / this.heads / 2;
    const columns = whole ? 2 * half : half;
    return this.constant(`${kind} ${whole}`, () =>
      this.library.Tensor.float32(
        [this.rows, columns],
        Array.from({ length: this.rows * columns }, (_, at) => {
          const frequency = 10_000 ** (-((at % columns) % half) / half);
          return Math[kind](Math.floor(at / columns) * frequency);
        }),
      ),
    );
  }

  positions() {
    return this.constant('positions of rows', () =>
      this.library.Tensor.int64(
        [1, this.rows],
        Array.from({ length: this.rows }, (_, at) => at),
      ),
    );
  }

  causal() {
    return this.constant('causal', () =>
      this.library.Tensor.float32(
        [1, 1, this.rows, this.rows],
        Array.from({ length: this.rows ** 2 }, (_, at) =>
          at % this.rows <= Math.floor(at / this.rows) ? 0 : -10_000,
        ),
      ),
    );
  }

  /** Three values of one kind, as query, key and value are. @returns {[any, any, any]} */
  three(/** @type {(name: string) => any} */ make) {
    return [make('query'), make('key'), make('value')];
  }

  /** Numbers that hang on the name, so that both graphs of a case hold the same. */
  random(/** @type {string} */ name, /** @type {number[]} */ dims, /** @type {number} */ scale) {
    const random = this.library.seededRandom(
      [...name].reduce((sum, letter) => 31 * sum + letter.charCodeAt(0), 7) % 2 ** 31,
    );
    const size = dims.reduce((product, dim) => product * dim, 1);
    return this.library.Tensor.float32(
      dims,
      Array.from({ length: size }, () => scale * this.library.normal(random)),
    );
  }

  add(/** @type {any} */ a, /** @type {any} */ b) {
    return this.node('Add', [a, b]);
  }

  mul(/** @type {any} */ a, /** @type {any} */ b) {
    return this.node('Mul', [a, b]);
  }

  /** As an image of `width` channels with as many pixels as there are rows. */
  conv(/** @type {any} */ x, /** @type {string} */ opType, attributes = {}, where = {}) {
    const image = this.image(x);
    const weight = this.constant('kernel', () =>
      this.random('kernel', [this.width, this.width, 3, 3], 1 / Math.sqrt(9 * this.width)),
    );
    return this.node(
      opType,
      [image, weight, this.vector('bias')],
      { pads: [1, 1, 1, 1], kernel_shape: [3, 3], ...attributes },
      where,
    );
  }

  image(/** @type {any} */ x) {
    return this.node('Reshape', [x, this.integers([1, this.width, this.rows / 8, 8])]);
  }

  /** A vector along the channels of an image. */
  channels(/** @type {string} */ name) {
    return this.constant(`channels ${name}`, () => this.random(name, [this.width, 1, 1], 0.5));
  }

  ones(/** @type {number} */ size) {
    return this.constant(`ones ${size}`, () => this.library.Tensor.float32([size], new Array(size).fill(1)));
  }

  zeros(/** @type {number} */ size) {
    return this.constant(`zeros ${size}`, () => this.library.Tensor.float32([size], new Array(size).fill(0)));
  }

  /** The first equation over both values, and the second over what it gives and the last of them. */
  equation(/** @type {string} */ first, /** @type {any[]} */ values, /** @type {string} */ second) {
    const scores = this.node('Einsum', values, { equation: first });
    return this.node('Einsum', [scores, values.at(-1)], { equation: second });
  }

  flat(/** @type {any} */ image) {
    return this.node('Reshape', [image, this.integers([1, this.rows, this.width])]);
  }

  node(/** @type {string} */ opType, /** @type {any[]} */ inputs, attributes = {}, where = {}) {
    return this.nodes(opType, inputs, attributes, 1, where)[0];
  }

  /** @returns {any[]} */
  nodes(
    /** @type {string} */ opType,
    /** @type {any[]} */ inputs,
    /** @type {Record<string, any>} */ attributes,
    /** @type {number} */ outputs,
    /** @type {{ domain?: string }} */ { domain = '' } = {},
  ) {
    const { attribute } = this.library;
    if (domain !== '') this.model.opsets.set(domain, 1);
    const written = Object.entries(attributes).map(([name, value]) => {
      if (typeof value === 'number') return [name, attribute.int(value)];
      if (typeof value === 'string') return [name, attribute.string(value)];
      return [name, Array.isArray(value) ? attribute.ints(value) : attribute.float(value.float)];
    });
    return [...this.graph.addNode(opType, inputs, { domain, outputs, attributes: written }).outputs];
  }
}
