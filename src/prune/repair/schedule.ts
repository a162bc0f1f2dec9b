import type { Value } from '../../ir/value.js';
import type { Node } from '../../ir/node.js';
import type { Site } from './site.js';

/** More passes over the samples than this cost more time than their exactness is worth. */
const mostPasses = 32;

/** Sites that are repaired in one pass over the samples, and which of them take the other side of their sum into account. */
export interface Round {
  readonly sites: readonly Site[];
  /** Sites whose target is the whole sum: everything on its other side is final before this round. */
  readonly throughSum: ReadonlySet<Site>;
}

/**
 * Rounds in the order of the data: nobody shares a round with a site that feeds it, as long as there are few
 * enough rounds. `bytes` tells the memory of a site's sums, of which a round has `limit` at most.
 */
export function schedule(
  sites: readonly Site[],
  bytes: (site: Site) => number,
  limit: number,
  passes = mostPasses,
): Round[] {
  const feeding = new Map(sites.map((site) => [site, sitesBefore(site.input, sites)]));
  let rounds: Site[][] = [];
  for (const site of sites) {
    const last = rounds.at(-1);
    const before = feeding.get(site)!;
    const room = last !== undefined && total(last, bytes) + bytes(site) <= limit;
    if (last === undefined || !room || last.some((one) => before.has(one))) rounds.push([site]);
    else last.push(site);
  }
  while (rounds.length > passes) {
    const merged: Site[][] = [];
    for (let at = 0; at < rounds.length; at += 2) {
      const pair = [...rounds[at]!, ...(rounds[at + 1] ?? [])];
      if (total(pair, bytes) <= limit) merged.push(pair);
      else merged.push(rounds[at]!, rounds[at + 1]!);
    }
    if (merged.length === rounds.length) break;
    rounds = merged;
  }
  const final = new Set<Site>();
  return rounds.map((round) => {
    const throughSum = new Set(
      round.filter(({ sum }) => {
        if (sum === undefined) return false;
        return [...sitesBefore(sum.other, sites)].every((site) => final.has(site));
      }),
    );
    for (const site of round) final.add(site);
    return { sites: round, throughSum };
  });
}

function total(sites: readonly Site[], bytes: (site: Site) => number): number {
  return sites.reduce((sum, site) => sum + bytes(site), 0);
}

/** The sites that a value depends on. */
function sitesBefore(value: Value, sites: readonly Site[]): Set<Site> {
  const byNode = new Map(sites.map((site) => [site.layer.node, site]));
  const seen = new Set<Node>();
  const found = new Set<Site>();
  const waiting = [value.producer];
  for (let node = waiting.pop(); waiting.length > 0 || node !== undefined; node = waiting.pop()) {
    if (node === undefined || seen.has(node)) continue;
    seen.add(node);
    const site = byNode.get(node);
    if (site !== undefined) found.add(site);
    for (const input of node.inputs) waiting.push(input?.producer);
    for (const body of node.subgraphs()) {
      for (const graph of body.withSubgraphs()) {
        for (const inner of graph.nodes()) for (const input of inner.inputs) waiting.push(input?.producer);
      }
    }
  }
  return found;
}
