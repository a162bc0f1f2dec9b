/** How much a group costs when it alone computes with integers. */
export interface GroupSensitivity {
  readonly node: string;
  readonly op: string;
  /** SQNR of the outputs; null when nothing differs. */
  readonly sqnr_db: number | null;
  /** The goal's metric, where groups were put in order by it. */
  readonly value: number | null;
  /** Share of the multiply-accumulates of all groups; null where dims are not known. */
  readonly share_of_macs: number | null;
  readonly lifted: boolean;
}

/** One mixture that was measured. */
export interface MixedStep {
  /** How many of the groups, worst first, stay float. */
  readonly lifted: number;
  readonly value: number;
  readonly met: boolean;
  /** Of the multiply-accumulates of all groups, those that stay integer. */
  readonly integer_share_of_macs: number | null;
}

/** How a goal of accuracy was met by leaving groups in float. */
export interface MixedReport {
  readonly goal: string;
  readonly met: boolean;
  readonly value: number;
  /** Worst first. */
  readonly groups: readonly GroupSensitivity[];
  /** In the order of `lifted`: what accuracy costs. */
  readonly steps: readonly MixedStep[];
}
