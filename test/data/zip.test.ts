import { randomBytes } from 'node:crypto';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { listZip, readZipMember } from '../../src/data/zip.js';
import { failure, temporaryFolder } from './helpers.js';

const folder = temporaryFolder();

/** Overwrites the unpacked size that the central directory declares for its first entry. */
function declaring(archive: Uint8Array, bytes: number): Uint8Array {
  const out = Buffer.from(archive);
  out.writeUInt32LE(bytes, out.indexOf(Buffer.from('PK\x01\x02', 'latin1')) + 24);
  return out;
}

describe('zip', () => {
  it.each([0, 6] as const)('reads members back, packed at level %i', async (level) => {
    const content = { 'a.npy': new Uint8Array(1000).fill(7), 'b/c.npy': Uint8Array.from(randomBytes(500)) };
    const path = folder.write(`level-${level}.npz`, zipSync(content, { level }));
    const members = await listZip(path);
    expect(members.map(({ name }) => name)).toEqual(Object.keys(content));
    for (const member of members) {
      expect(Buffer.from(await readZipMember(path, member)).equals(content[member.name as 'a.npy'])).toBe(
        true,
      );
    }
  });

  it('refuses a total beyond the limit before it unpacks anything', async () => {
    const path = folder.write('huge.npz', declaring(zipSync({ 'a.npy': strToU8('x') }), 0xfffffff0));
    const error = await failure(listZip(path));
    expect(error.code).toBe('data');
    expect(error.message).toContain('declares 4294967280 unpacked bytes');
  });

  it('refuses a member that grows beyond belief', async () => {
    const path = folder.write('bomb.npz', declaring(zipSync({ 'a.npy': new Uint8Array(100_000) }), 2 ** 30));
    expect((await failure(listZip(path))).message).toMatch(
      /a\.npy would unpack from \d+ to 1073741824 bytes/,
    );
  });

  it('stops where a member unpacks to more than it declared', async () => {
    const path = folder.write('liar.npz', declaring(zipSync({ 'a.npy': new Uint8Array(100_000) }), 10));
    const [member] = await listZip(path);
    expect((await failure(readZipMember(path, member!))).message).toContain('a.npy cannot be unpacked');
  });

  it('notices one changed byte', async () => {
    const bytes = zipSync({ 'a.npy': new Uint8Array(1000).fill(7) }, { level: 0 });
    bytes[500] = 8;
    const path = folder.write('changed.npz', bytes);
    const [member] = await listZip(path);
    expect((await failure(readZipMember(path, member!))).message).toContain('a.npy is damaged');
  });

  it('names a file that is no archive, a cut one, and an absent one', async () => {
    expect((await failure(listZip(folder.write('text.npz', 'hello')))).message).toContain(
      'is no .npz archive',
    );
    expect((await failure(listZip(folder.write('empty.npz', '')))).message).toContain('is no .npz archive');
    const whole = zipSync({ 'a.npy': Uint8Array.from(randomBytes(500)) });
    expect((await failure(listZip(folder.write('cut.npz', whole.subarray(0, 300))))).code).toBe('data');
    expect((await failure(listZip(folder.write('front.npz', whole.subarray(200))))).message).toContain(
      'zip directory is broken',
    );
    expect((await failure(listZip('/nowhere/a.npz'))).message).toContain('cannot be read');
  });
});
