/** What the flags of `plan` say. */
export interface PlanFlagsOfModel {
  readonly rate?: string;
  readonly slo?: string;
  readonly data?: string;
  readonly seed: number;
  readonly threads?: number;
  readonly batch: readonly number[];
  readonly instances: number;
  readonly window?: readonly number[];
  readonly queueLimit: number;
  readonly trace?: string;
  readonly requests: number;
  readonly time: number;
  readonly curve?: string;
  readonly times?: readonly string[];
  readonly staticBatch: number;
  readonly verify?: number;
  readonly hardware?: readonly string[];
  readonly hardwareFile?: string;
}

/** What is taken where nothing else is said. */
export const planDefaults = {
  seed: 1,
  batch: [1, 2, 4, 8, 16],
  instances: 1,
  queueLimit: 0,
  requests: 20_000,
  time: 20_000,
  staticBatch: 8,
} as const satisfies Partial<PlanFlagsOfModel>;
