/** Maps numbers to places on an axis. */
export interface Scale {
  readonly at: (value: number) => number;
  /** Round values for ticks, within the domain. */
  readonly ticks: readonly number[];
}

/** A straight axis from `low` to `high` (made wider where they are equal). */
export function linearScale(low: number, high: number, from: number, to: number, ticks = 5): Scale {
  const [least, most] = low === high ? spread(low) : [low, high];
  const step = roundStep((most - least) / ticks);
  const values: number[] = [];
  for (let i = Math.ceil(least / step - 1e-9); i * step <= most + step * 1e-9; i++) {
    values.push(Number((i * step).toPrecision(12)));
  }
  return { at: (value) => from + ((value - least) / (most - least)) * (to - from), ticks: values };
}

/** An axis on which equal ratios are equally far apart; `low` and `high` above zero. */
export function ratioScale(low: number, high: number, from: number, to: number): Scale {
  const [least, most] = low === high ? [low / 1.5, high * 1.5] : [low, high];
  const place = (value: number): number =>
    from + ((Math.log(value) - Math.log(least)) / (Math.log(most) - Math.log(least))) * (to - from);
  const values: number[] = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power++) {
    for (const digit of [1, 2, 5]) {
      const value = Number(`${digit}e${power}`);
      if (value >= least && value <= most) values.push(value);
    }
  }
  return { at: place, ticks: values };
}

/** The next of 1, 2, 5 times a power of ten. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = rough / power;
  return (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10) * power;
}

function spread(value: number): [number, number] {
  const margin = value === 0 ? 1 : Math.abs(value) * 0.1;
  return [value - margin, value + margin];
}
