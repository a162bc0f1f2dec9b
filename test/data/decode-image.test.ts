import { expect, it, vi } from 'vitest';
import { decodeImage } from '../../src/data/decode-image.js';
import { failure } from './helpers.js';

vi.mock('sharp', () => {
  throw new Error('Cannot find package sharp');
});

it('says how to get the optional package when it is absent', async () => {
  const error = await failure(decodeImage('a.jpg'));
  expect(error.code).toBe('environment');
  expect(error.message).toContain('pictures need the package sharp');
  expect(error.hint).toBe('npm install sharp');
});
