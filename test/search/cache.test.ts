import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Cache } from '../../src/search/cache/cache.js';
import { keyOf } from '../../src/search/cache/key.js';
import { cacheFolder } from '../../src/search/cache/location.js';
import { cacheUsage, pruneCache } from '../../src/search/cache/usage.js';

const folder = mkdtempSync(join(tmpdir(), 'infer-opt-cache-'));
const place = join(folder, 'cache');
const artifact = join(folder, 'a.onnx');
const output = join(folder, 'b.onnx');
const [one, other] = [keyOf(1), keyOf(2)];

beforeEach(() => {
  rmSync(place, { recursive: true, force: true });
  rmSync(output, { force: true });
  writeFileSync(artifact, 'weights');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function files(): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('the cache', () => {
  it('gives back artifacts and values, and nothing for other keys', async () => {
    const cache = new Cache(place);
    await cache.keep(one, artifact, ['a warning']);
    await cache.write(one, { n: 1 });
    expect(await cache.restore(one, output)).toEqual({ facts: ['a warning'] });
    expect(readFileSync(output, 'utf8')).toBe('weights');
    expect(await cache.read(one, z.object({ n: z.number() }))).toEqual({ n: 1 });
    expect(await cache.restore(other, output)).toBeUndefined();
    expect(await cache.read(other, z.unknown())).toBeUndefined();
    expect(cache.counts).toEqual({ found: 2, missing: 2 });
  });

  it('takes what is damaged or of another form for absent', async () => {
    const cache = new Cache(place);
    await cache.keep(one, artifact, null);
    await cache.write(one, { n: 'text' });
    for (const file of files().filter((name) => name.endsWith('.onnx'))) writeFileSync(file, 'half');
    expect(await cache.restore(one, output)).toBeUndefined();
    expect(existsSync(output)).toBe(false);
    expect(await cache.read(one, z.object({ n: z.number() }))).toBeUndefined();
  });

  it('does not count an artifact whose note was not written', async () => {
    const cache = new Cache(place);
    await cache.keep(one, artifact, null);
    for (const file of files().filter((name) => name.endsWith('.json'))) rmSync(file);
    expect(await cache.restore(one, output)).toBeUndefined();
  });

  it('may be filled by many at once', async () => {
    const cache = new Cache(place);
    await Promise.all(Array.from({ length: 20 }, () => cache.keep(one, artifact, null)));
    expect(await cache.restore(one, output)).toBeDefined();
    expect(files()).toHaveLength(2);
  });

  it('keeps no artifact with weights in a file of their own', async () => {
    writeFileSync(`${artifact}.0123456789abcdef.data`, '');
    const cache = new Cache(place);
    await cache.keep(one, artifact, null);
    rmSync(`${artifact}.0123456789abcdef.data`);
    expect(await cache.restore(one, output)).toBeUndefined();
  });

  it('tells its size, is pruned by age and size, and leaves foreign files alone', async () => {
    const cache = new Cache(place);
    await cache.keep(one, artifact, null);
    await cache.write(other, { n: 1 });
    writeFileSync(join(place, 'mine.txt'), 'mine');
    expect((await cacheUsage(place)).files).toBe(3);
    for (const file of files()) if (file.includes('artifacts')) utimesSync(file, 1000, 1000);
    expect((await pruneCache(place, { olderThanMs: 86_400_000 })).files).toBe(2);
    expect((await pruneCache(place, { keepBytes: 1000 })).files).toBe(0);
    expect((await pruneCache(place)).files).toBe(1);
    expect(files()).toEqual([join(place, 'mine.txt')]);
    expect(await cacheUsage(join(folder, 'nowhere'))).toMatchObject({ files: 0, bytes: 0 });
  });
});

describe('the place of the cache', () => {
  it('is what was named, else of the user', () => {
    expect(cacheFolder('/x', { XDG_CACHE_HOME: '/y' })).toBe('/x');
    expect(cacheFolder(undefined, { XDG_CACHE_HOME: '/y' })).toBe('/y/infer-opt');
    expect(cacheFolder(undefined, { XDG_CACHE_HOME: 'relative' })).toMatch(/\.cache.infer-opt$/);
  });
});

describe('keys', () => {
  it('are equal for equal content and no other', () => {
    expect(keyOf({ a: 1, b: [1, 2], c: undefined })).toBe(keyOf({ b: [1, 2], a: 1 }));
    const all = [1, '1', [1], { a: 1 }, { a: '1' }, null, [null], {}, [], { a: [1, [2]] }, { a: [1, 2] }];
    expect(new Set(all.map(keyOf)).size).toBe(all.length);
  });
});
