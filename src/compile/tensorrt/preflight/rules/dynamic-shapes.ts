import { dynamicInputs, hasFreeBatchOnly, type DynamicInput, type ShapeProfile } from '../../profiles.js';
import type { Finding } from '../finding.js';
import { findingAt, type PreflightContext, type PreflightRule } from '../rule.js';

const name = 'dynamic-shapes';

/** An input whose dims are free needs a range for each. */
export const dynamicShapes: PreflightRule = {
  name,
  summary: 'inputs with free dims and no shapes to build for',
  check({ model, profiles, shapesFrom }) {
    const missing = dynamicInputs(model).filter(
      ({ name: input }) => !profiles.some((profile) => profile.has(input)),
    );
    const partly = dynamicInputs(model).filter(
      ({ name: input }) =>
        profiles.some((profile) => profile.has(input)) && !profiles.every((profile) => profile.has(input)),
    );
    const isFixable = missing.every(hasFreeBatchOnly);
    return [
      ...findingAt(missing.map(describeInput), {
        rule: name,
        message: 'inputs with free dims, and no shapes to build for',
        hint: `give a range for each: --profile '${exampleOf(missing)}'; or --data, whose shapes are then used`,
        fixable: isFixable,
      }),
      ...findingAt(shapesFrom === 'model' ? dynamicInputs(model).map(describeInput) : [], {
        rule: name,
        severity: 'warning',
        message: 'no shapes were given: the engine is built for a batch of 1',
        hint: `give a range: --profile '${exampleOf(dynamicInputs(model))}'`,
        fixable: true,
      }),
      ...findingAt(
        partly.map((input) => input.name),
        {
          rule: name,
          message: 'inputs with free dims that only some profiles name',
          hint: 'name every input with free dims in each --profile',
        },
      ),
    ];
  },
};

function describeInput({ name: input, dims }: DynamicInput): string {
  return dims.length === 0
    ? `${input}, of unknown rank`
    : `${input} [${dims.map((dim) => dim ?? '?').join(',')}]`;
}

/** What could be typed: free dims from 1 to 32. */
function exampleOf(inputs: readonly DynamicInput[]): string {
  const shapes = inputs.slice(0, 3).map(({ name: input, dims }) => {
    const at = (free: number): string => dims.map((dim) => (typeof dim === 'number' ? dim : free)).join('x');
    return `${input}=${at(1)}:${at(8)}:${at(32)}`;
  });
  return `${shapes.join(',')}${inputs.length > 3 ? ',...' : ''}`;
}

/** Profiles have to fit the inputs, and to hold what will be asked. */
export const profileRanges: PreflightRule = {
  name: 'profile-ranges',
  summary: 'profiles that do not fit the inputs, or leave out shapes of the dataset',
  check(context) {
    return context.profiles.flatMap((profile, index) => problemsOf(context, profile, index));
  },
};

function problemsOf(context: PreflightContext, profile: ShapeProfile, index: number): Finding[] {
  const { model, observed } = context;
  const rule = profileRanges.name;
  const where = context.profiles.length === 1 ? 'the profile' : `profile ${index}`;
  const findings: Finding[] = [];
  for (const [input, { min, opt, max }] of profile) {
    const value = model.graph.requiredInputs.find((candidate) => candidate.name === input);
    const names = model.graph.requiredInputs.map((candidate) => candidate.name).join(', ');
    const say = (message: string, hint: string): void => {
      findings.push({
        rule,
        severity: 'error',
        message: `${where}: ${message}`,
        count: 1,
        hint,
        fixable: false,
      });
    };
    if (value === undefined) {
      say(`the model has no input ${input}`, `its inputs are ${names}`);
      continue;
    }
    const dims = value.type?.kind === 'tensor' ? value.type.dims : undefined;
    if ([min, opt, max].some((shape) => shape.length !== (dims ?? min).length)) {
      say(`input ${input} has ${dims?.length ?? min.length} dims`, 'give as many lengths, joined by x');
      continue;
    }
    const wrong = min.findIndex((length, axis) => !(length <= opt[axis]! && opt[axis]! <= max[axis]!));
    if (wrong >= 0) {
      say(
        `dim ${wrong} of ${input} goes from ${min[wrong]!} over ${opt[wrong]!} to ${max[wrong]!}`,
        'give MIN:OPT:MAX with MIN <= OPT <= MAX',
      );
      continue;
    }
    const fixed = (dims ?? []).findIndex(
      (dim, axis) => typeof dim === 'number' && (dim !== min[axis] || dim !== max[axis]),
    );
    if (fixed >= 0) {
      say(
        `dim ${fixed} of ${input} is fixed at ${String(dims![fixed])} in the model`,
        fixed === 0
          ? 'the batch was fixed when the model was exported: export it with a free batch, or keep to that size'
          : 'give that length for MIN, OPT and MAX',
      );
    }
    const seen = observed?.get(input);
    const outside =
      seen?.min.findIndex((length, axis) => length < min[axis]! || seen.max[axis]! > max[axis]!) ?? -1;
    if (seen !== undefined && outside >= 0 && !someProfileHolds(context, input)) {
      say(
        `dim ${outside} of ${input} goes from ${seen.min[outside]!} to ${seen.max[outside]!} in the dataset and from ${min[outside]!} to ${max[outside]!} here`,
        'widen the profile, or leave it out to take the shapes of the dataset',
      );
    }
  }
  return findings;
}

function someProfileHolds({ profiles, observed }: PreflightContext, input: string): boolean {
  const seen = observed?.get(input);
  return profiles.some((profile) => {
    const range = profile.get(input);
    return (
      range !== undefined &&
      seen?.min.every((length, axis) => length >= range.min[axis]! && seen.max[axis]! <= range.max[axis]!) ===
        true
    );
  });
}
