import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InferOptError, messageOf } from '../../errors.js';
import { deviceSchema, type Device } from './device.js';
import { devices } from './list.js';

const file = z.union([z.array(deviceSchema), deviceSchema.transform((one) => [one])]);

/**
 * Devices by name, from those that we know and a file of one's own (YAML or JSON: one device or a list), whose
 * entries win. `all` names every one.
 *
 * @throws InferOptError `usage` for an unknown name, or a file that is not what it should be
 */
export async function chooseDevices(names: readonly string[], path: string | undefined): Promise<Device[]> {
  const own = path === undefined ? [] : await readDevices(path);
  const known = [...own, ...devices.filter(({ name }) => !own.some((one) => one.name === name))];
  if (names.length === 0) return own;
  if (names.includes('all')) return known;
  return names.map((name) => {
    const device = known.find((one) => one.name === name);
    if (device !== undefined) return device;
    throw new InferOptError('usage', `no device is called ${name}`, {
      hint: `there are ${known.map((one) => one.name).join(', ')}; --hardware-file adds others`,
    });
  });
}

async function readDevices(path: string): Promise<Device[]> {
  const { parse } = await import('yaml');
  let content: unknown;
  try {
    content = parse(await readFile(path, 'utf8'));
  } catch (thrown) {
    throw new InferOptError('usage', `cannot read the devices in ${path}: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  const parsed = file.safeParse(content);
  if (parsed.success) return parsed.data;
  // A union reports its alternatives; the one that fits the outer form says what is wrong.
  const [issue] =
    z.array(deviceSchema).safeParse(Array.isArray(content) ? content : [content]).error?.issues ?? [];
  throw new InferOptError(
    'usage',
    `${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'no devices'}`,
    {
      hint: 'fields: name, summary, peak_tera_per_s {float32, float16, bfloat16, int8}, memory_gb_per_s, usd_per_hour, sources',
    },
  );
}
