import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseDevices } from '../../../src/serve/hardware/choose-devices.js';
import { deviceSchema, type Device } from '../../../src/serve/hardware/device.js';
import { devices } from '../../../src/serve/hardware/list.js';
import { roofline } from '../../../src/serve/hardware/roofline.js';

const device: Device = {
  name: 'd',
  summary: '',
  peak_tera_per_s: { float32: 1 },
  memory_gb_per_s: 100,
  usd_per_hour: 3.6,
  sources: ['a test'],
};

describe('roofline', () => {
  it('takes the longer of computing and moving, operator by operator', () => {
    const work = [
      // 2 * 0.5e9 operations at 1e12 a second: 1 ms; 1 MB at 100 GB/s: 0.01 ms.
      { macs: 0.5e9, weightBytes: 1e6, activationBytes: 0 },
      // 200 MB at 100 GB/s: 2 ms.
      { macs: 0, weightBytes: 100e6, activationBytes: 100e6 },
    ];
    const one = roofline(work, device, 'float32', 1)!;
    expect(one.latency_ms).toBeCloseTo(3);
    expect(one.bound_by).toBe('memory');
    expect(one.throughput_per_s).toBeCloseTo(1000 / 3);
    // A thousandth of a dollar a second, 333 samples a second.
    expect(one.usd_per_million).toBeCloseTo(3);
    // Weights are read once for the batch: 4 + (100 + 400) / 100.
    expect(roofline(work, device, 'float32', 4)!.latency_ms).toBeCloseTo(9);
    expect(roofline(work, device, 'int8', 1)).toBeUndefined();
  });
});

describe('devices', () => {
  it('are what a file of devices may hold, with sources, and faster in narrower types', () => {
    for (const one of devices) {
      expect(deviceSchema.parse(one)).toEqual(one);
      const { float32 = 0, float16 = 0, int8 = Infinity } = one.peak_tera_per_s;
      expect(int8).toBeGreaterThan(Math.max(float32, float16));
    }
  });

  it('can be added by a file, which wins over ours', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'infer-opt-devices-'));
    const path = join(folder, 'devices.yaml');
    await writeFile(
      path,
      'name: t4\nsummary: cheaper\npeak_tera_per_s: {float16: 65}\nmemory_gb_per_s: 320\nusd_per_hour: 0.1\nsources: [our bill]\n',
    );
    const [own] = await chooseDevices(['t4'], path);
    expect(own!.usd_per_hour).toBe(0.1);
    expect((await chooseDevices(['all'], path)).length).toBe(devices.length);
    await writeFile(path, 'name: t4\nspeed: 3\n');
    await expect(chooseDevices(['t4'], path)).rejects.toThrow('devices.yaml: 0.');
    await expect(chooseDevices(['gtx'], undefined)).rejects.toThrow('no device is called gtx');
    await rm(folder, { recursive: true });
  });
});
