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
