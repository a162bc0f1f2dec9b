import { afterEach, describe, expect, it } from 'vitest';
import { measureCapacity } from '../../../src/bench/kserve/capacity.js';
import { ServedModel, type Protocol } from '../../../src/bench/kserve/served-model.js';
import { ServerError } from '../../../src/bench/kserve/server-error.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { grpcStandIn, httpStandIn, type Manners, type StandIn } from './stand-in.js';

const weights = Array.from({ length: 28 }, (_, i) => Math.sin(i));
const x = [0.25, -1.5, 3, 0.1];
const scores = Array.from({ length: 7 }, (_, c) =>
  x.reduce((sum, value, f) => sum + Math.fround(value) * weights[f * 7 + c]!, 0),
);
const feeds = new Map([['x', Tensor.float32([1, 4], x)]]);

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function serve(protocol: Protocol, manners: Manners = {}): Promise<StandIn> {
  const server = await (protocol === 'http' ? httpStandIn : grpcStandIn)(weights, manners);
  open.push(server);
  return server;
}

async function connect(
  protocol: Protocol,
  { url }: Pick<StandIn, 'url'>,
  more: { model?: string; timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<ServedModel> {
  const { model = 'linear', ...options } = more;
  const served = await ServedModel.connect({ url, protocol, model }, options);
  open.unshift(served);
  return served;
}

async function failureOf(promise: Promise<unknown>): Promise<string> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof ServerError)) throw new Error(`expected a ServerError, got ${String(thrown)}`);
  return `${thrown.failure}: ${thrown.message.replace(/^\S+ /, '')}`;
}

describe.each(['http', 'grpc'] as const)('a model served over %s', (protocol) => {
  it('tells what it takes, and answers as it computes', async () => {
    const served = await connect(protocol, await serve(protocol));
    expect(served.inputs).toEqual([{ name: 'x', dtype: 'float32', dims: ['', 4] }]);
    expect(served.outputs).toEqual([{ name: 'scores', dtype: 'float32', dims: ['', 7] }]);
    expect(served.metadata).toMatchObject({ name: 'linear', versions: ['3'], platform: 'stand-in' });
    const found = (await served.run(feeds)).get('scores')!;
    expect(found.dims).toEqual([1, 7]);
    for (const [i, value] of Array.from(found.toNumbers()).entries())
      expect(value).toBeCloseTo(scores[i]!, 5);
    expect(served.encoding).toBe('binary');
  });

  it('does with what a server has that knows no raw bytes', async () => {
    const served = await connect(protocol, await serve(protocol, { jsonOnly: true }));
    const found = (await served.run(feeds)).get('scores')!;
    for (const [i, value] of Array.from(found.toNumbers()).entries())
      expect(value).toBeCloseTo(scores[i]!, 5);
    expect(served.encoding).toBe(protocol === 'http' ? 'json' : 'binary');
  });

  it('keeps as many requests in flight as it says', async () => {
    const server = await serve(protocol, { delayMs: 40 });
    const served = await connect(protocol, server);
    await served.setSamples([feeds, feeds]);
    const sent = server.requests;
    const times = await served.concurrently(5).timeBlock(10, 0);
    expect(server.requests - sent).toBe(10);
    expect(times.every((time) => time >= 39)).toBe(true);
    expect(server.mostAtOnce).toBe(5);
  });

  it('finds more capacity with more clients where the server has it', async () => {
    const served = await connect(protocol, await serve(protocol, { delayMs: 20 }));
    await served.setSamples([feeds]);
    expect(await measureCapacity(served)).toBeGreaterThan(3 * 50);
  });

  it('names what is wrong before anything is measured', async () => {
    const server = await serve(protocol, { notReady: 'model' });
    expect(await failureOf(connect(protocol, server))).toMatch(/^not-ready: /);
    server.manners.notReady = 'server';
    expect(await failureOf(connect(protocol, server))).toMatch(/^not-ready: the server is not ready/);
    await server.close();
    open.splice(0);
    expect(await failureOf(connect(protocol, server))).toMatch(/^unreachable: the server does not answer/);
  });

  it('names what goes wrong later', async () => {
    const server = await serve(protocol, { failFrom: 1 });
    const served = await connect(protocol, server, { timeoutMs: 300 });
    await served.setSamples([feeds]);
    const ask = (): Promise<unknown> => served.concurrently(1).timeBlock(1, 0);
    expect(await failureOf(ask())).toMatch(/^error: the server answered .*no luck$/);
    server.manners.status = protocol === 'http' ? 503 : 8;
    expect(await failureOf(ask())).toMatch(/^refused: /);
    expect(await served.sendNext()).toBe(false);
    delete server.manners.failFrom;
    expect(await served.sendNext()).toBe(true);
    server.manners.delayMs = 3000;
    expect(await failureOf(ask())).toBe('timeout: no answer in 0.3 s');
    server.manners.delayMs = 0;
    server.manners.dieFrom = 0;
    expect(await failureOf(ask())).toMatch(/^died: the server was lost/);
  });

  it('ends at once when it is aborted', async () => {
    const controller = new AbortController();
    const server = await serve(protocol);
    const served = await connect(protocol, server, { signal: controller.signal });
    await served.setSamples([feeds]);
    server.manners.delayMs = 10_000;
    const asking = served.concurrently(2).timeBlock(2, 0);
    setTimeout(() => {
      controller.abort(new Error('enough'));
    }, 50);
    await expect(asking).rejects.toThrow('enough');
  });

  it('says so when the other side speaks something else', async () => {
    const server = await serve(protocol, { nonsense: true });
    const failure =
      protocol === 'http'
        ? await failureOf(connect(protocol, server))
        : await failureOf((await connect(protocol, server)).run(feeds));
    expect(failure).toMatch(/^(protocol|died): /);
    // The other protocol's port.
    const other = await serve(protocol === 'http' ? 'grpc' : 'http');
    expect(await failureOf(connect(protocol, other))).toMatch(/^(protocol|unreachable|not-ready): /);
  });
});
