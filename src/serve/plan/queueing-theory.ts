/**
 * What theory says of the simplest server: arrivals at random, one request at a time, always the same time
 * (M/D/1). It is what the simulator is checked with.
 */

/** The mean wait in the queue by Pollaczek and Khinchine, in the unit of `service`: rho * D / (2 (1 - rho)). */
export function meanWaitMD1(ratePerUnit: number, service: number): number {
  const load = ratePerUnit * service;
  return load >= 1 ? Infinity : (load * service) / (2 * (1 - load));
}

/**
 * The probability that a request waits no longer than `time`, by Erlang (1909):
 * (1 - rho) * sum over k from 0 to floor(time / D) of (lambda (k D - time))^k / k! * exp(-lambda (k D - time)).
 * The terms alternate and cancel: good to about three digits up to some twenty service times.
 */
export function waitProbabilityMD1(ratePerUnit: number, service: number, time: number): number {
  if (time < 0) return 0;
  const load = ratePerUnit * service;
  let sum = 0;
  for (let k = 0; k <= Math.floor(time / service); k++) {
    const x = ratePerUnit * (k * service - time);
    let term = Math.exp(-x);
    for (let j = 1; j <= k; j++) term *= x / j;
    sum += term;
  }
  return (1 - load) * sum;
}

/** The wait that a share `p` of the requests stay below, by bisection. */
export function waitQuantileMD1(ratePerUnit: number, service: number, p: number): number {
  let low = 0;
  let high = service;
  while (waitProbabilityMD1(ratePerUnit, service, high) < p) high *= 1.5;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (waitProbabilityMD1(ratePerUnit, service, middle) < p) low = middle;
    else high = middle;
  }
  return high;
}
