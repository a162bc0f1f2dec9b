import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './run-cli.js';

// Slow, and needs the npm registry: only where INFER_OPT_SLOW is set.
describe.runIf(process.env.INFER_OPT_SLOW === '1')('the package', () => {
  it('works where it is installed from its tarball', { timeout: 600_000 }, () => {
    const script = join(root, 'scripts', 'check-package.js');
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  });
});
