/** What the flags of `package` say. */
export interface PackageWishes {
  readonly artifacts: readonly string[];
  readonly output: string;
  readonly name?: string;
  readonly plan?: string;
  readonly data?: string;
  readonly seed: number;
  readonly threads?: number;
  readonly maxBatch?: number;
  readonly window?: number;
  readonly preferred?: readonly number[];
  readonly instances?: number;
  readonly kind?: 'cpu' | 'gpu';
  readonly gpus?: readonly number[];
  readonly rateLimit?: readonly string[];
  readonly queueLimit?: number;
  readonly queueTimeout?: number;
  readonly dynamicBatch?: boolean;
  readonly check: boolean;
  readonly warmUp: number;
  readonly labels?: string;
  readonly versions?: string;
  readonly responseCache?: boolean;
  readonly accelerator?: readonly string[];
  readonly state?: readonly string[];
  readonly idle: number;
  readonly ensemble?: string;
  readonly replaceConfig?: boolean;
  readonly manifests?: string;
  readonly storage: string;
  readonly image: string;
  readonly force?: boolean;
}

/** What is taken where nothing else is said. */
export const packageDefaults = {
  seed: 1,
  check: true,
  warmUp: 3,
  idle: 5000,
  storage: 'pvc://model-repository',
  image: 'nvcr.io/nvidia/tritonserver:25.08-py3',
} as const satisfies Partial<PackageWishes>;
