export interface PlotInPage {
  readonly id: string;
  readonly drawn: number;
  readonly outside: readonly string[];
  readonly broken: boolean;
}

export function plotsIn(figures: readonly unknown[]): PlotInPage[];
export function isFocused(element: unknown): boolean;
export function setOpen(details: readonly unknown[], open: boolean): void;
export function overflow(): number;
