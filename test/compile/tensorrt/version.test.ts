import { describe, expect, it } from 'vitest';
import {
  formatVersion,
  isAtLeast,
  parseVersion,
  versionInBanner,
} from '../../../src/compile/tensorrt/version.js';

describe('the version of TensorRT', () => {
  it.each([
    ['v7203', '7.2.3'],
    ['v8601', '8.6.1'],
    ['v100300', '10.3.0'],
    ['v101401', '10.14.1'],
    ['v110100', '11.1.0'],
  ])('%s in the banner is %s', (banner, version) => {
    const text = `&&&& RUNNING TensorRT.trtexec [TensorRT ${banner}] [b20] # trtexec --help\n`;
    expect(formatVersion(versionInBanner(text)!)).toBe(version);
  });

  it('is unknown without a banner', () => {
    expect(versionInBanner('trtexec: command not understood')).toBeUndefined();
  });

  it.each([
    ['10.14.1', '10.14', true],
    ['10.9.0', '10.14', false],
    ['11.0.0', '10.14', true],
    ['8.6.1', '8.6', true],
    ['8.5.3', '8.6', false],
  ])('%s is at least %s: %s', (version, limit, expected) => {
    expect(isAtLeast(parseVersion(version), limit)).toBe(expected);
  });

  it('refuses what is none', () => {
    expect(() => parseVersion('ten')).toThrow('is no version');
  });
});
