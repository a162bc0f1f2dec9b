import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { InferOptError } from '../errors.js';
import { RecipeDocument, type PathPart } from './document.js';
import { recipeSchema, type Recipe } from './schema.js';
import { steps } from './steps/list.js';
import type { RecipeStep } from './steps/step.js';
import { substitute, type Variables } from './variables.js';
import type { Settings } from '../search/transforms/transform.js';

/** Includes within includes: deeper than anybody writes. */
const deepest = 8;
const mostJobs = 256;

/** One run of a recipe: a combination of its matrix, with every variable in place. */
export interface RecipeJob {
  readonly matrix: Variables;
  readonly recipe: Recipe;
  readonly steps: readonly { readonly step: RecipeStep; readonly settings: Settings }[];
}

/** The parts of a recipe and where each comes from. */
interface Merged {
  readonly value: Readonly<Record<string, unknown>>;
  /** The document that says a key. */
  readonly documents: ReadonlyMap<string, RecipeDocument>;
  readonly root: RecipeDocument;
}

/**
 * Reads a recipe with its includes and gives its jobs, one for each combination of the matrix. Every mistake is told with
 * file, line and column. Throws `usage`.
 */
export async function readRecipe(
  file: string,
  given: Variables,
  env: Readonly<Record<string, string | undefined>>,
): Promise<RecipeJob[]> {
  const merged = await withIncludes(resolve(file), []);
  const vars = { ...variables(merged, 'vars', scalars), ...given };
  const matrix = variables(merged, 'matrix', z.record(z.string(), z.array(scalar).min(1)));
  const combinations = combine(matrix);
  if (combinations.length > mostJobs) {
    throw documentOf(merged, 'matrix').problemAt(
      ['matrix'],
      `${combinations.length} combinations are too many`,
    );
  }
  const jobs = combinations.map((combination) => jobOf(merged, combination, vars, env));
  refuseSameOutputs(jobs, merged);
  return jobs;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const scalars = z.record(z.string(), scalar);

async function withIncludes(file: string, parents: readonly string[]): Promise<Merged> {
  const document = await RecipeDocument.read(file);
  const { value } = document;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw document.problemAt([], 'expected a map with model: and steps:');
  }
  const own = value as Record<string, unknown>;
  const included = z.array(z.string()).safeParse(own.include ?? []);
  if (!included.success) throw document.problemAt(['include'], 'expected a list of files');
  const documents = new Map<string, RecipeDocument>();
  const all: Record<string, unknown> = {};
  let vars: Record<string, unknown> = {};
  for (const [place, name] of included.data.entries()) {
    const path = resolve(dirname(file), name);
    if (path === file || parents.includes(path)) {
      throw document.problemAt(['include', place], `${name} includes itself`);
    }
    if (parents.length >= deepest) throw document.problemAt(['include', place], 'includes lie too deep');
    const base = await withIncludes(path, [...parents, file]);
    Object.assign(all, base.value);
    for (const [key, source] of base.documents) documents.set(key, source);
    if (isRecord(base.value.vars)) vars = { ...vars, ...base.value.vars };
  }
  for (const key of Object.keys(own)) documents.set(key, document);
  if (isRecord(own.vars) || own.vars === undefined) vars = { ...vars, ...own.vars };
  Object.assign(all, own);
  delete all.include;
  if (Object.keys(vars).length > 0 && (own.vars === undefined || isRecord(own.vars))) all.vars = vars;
  return { value: all, documents, root: document };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function documentOf(merged: Merged, key: PathPart | undefined): RecipeDocument {
  return merged.documents.get(String(key)) ?? merged.root;
}

/** A part that must be known before variables are. */
function variables<Value extends object>(merged: Merged, key: string, schema: z.ZodType<Value>): Value {
  const parsed = schema.safeParse(merged.value[key] ?? {});
  if (parsed.success) return parsed.data;
  throw issueAt(merged, parsed.error.issues[0]!, [key]);
}

/** All combinations, the last key fastest. */
function combine(matrix: Readonly<Record<string, readonly (string | number | boolean)[]>>): Variables[] {
  return Object.entries(matrix).reduce<Variables[]>(
    (combinations, [key, values]) =>
      combinations.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
    [{}],
  );
}

function jobOf(
  merged: Merged,
  matrix: Variables,
  vars: Variables,
  env: Readonly<Record<string, string | undefined>>,
): RecipeJob {
  const scope = { matrix, vars, env };
  const value = Object.fromEntries(
    Object.entries(merged.value).map(([key, one]) => {
      // They say what variables are.
      if (key === 'vars' || key === 'matrix') return [key, one];
      return [key, substitute(one, scope, documentOf(merged, key), [key])];
    }),
  );
  value.steps = withSettings(value.steps, merged);
  const parsed = recipeSchema.safeParse(value);
  if (!parsed.success) throw issueAt(merged, parsed.error.issues[0]!, []);
  const recipe = parsed.data;
  const changing = recipe.steps.findIndex((one) =>
    steps.some(({ name, changesModel }) => changesModel && Object.hasOwn(one, name)),
  );
  if (changing >= 0 && recipe.output === undefined) {
    throw documentOf(merged, 'steps').problemAt(
      ['steps', changing],
      'a step changes the model, and output: does not say where it goes',
    );
  }
  return {
    matrix,
    recipe,
    steps: recipe.steps.map((one) => {
      const [name, settings] = Object.entries(one)[0]!;
      return { step: steps.find((step) => step.name === name)!, settings: settings as Settings };
    }),
  };
}

/** Each step is a map with one key that names it; nothing behind it stands for no settings. */
function withSettings(list: unknown, merged: Merged): unknown {
  if (!Array.isArray(list)) return list;
  const document = documentOf(merged, 'steps');
  return list.map((one: unknown, place) => {
    const known = steps.map(({ name }) => name);
    const hint = `known steps: ${known.join(', ')}`;
    if (typeof one === 'string' && known.includes(one)) return { [one]: {} };
    if (!isRecord(one)) throw document.problemAt(['steps', place], 'expected a step, such as "fuse:"', hint);
    const [name, ...others] = Object.keys(one);
    if (name === undefined || others.length > 0) {
      const message = `expected one step, and found ${[name, ...others].join(' and ') || 'none'}`;
      throw document.problemAt(['steps', place, others[0] ?? ''], message, 'begin each step with "- "');
    }
    if (!known.includes(name)) throw document.problemAt(['steps', place], `there is no step ${name}`, hint);
    return { [name]: one[name] ?? {} };
  });
}

function issueAt(merged: Merged, issue: z.core.$ZodIssue, prefix: readonly PathPart[]): InferOptError {
  const path = [...prefix, ...(issue.path as PathPart[])];
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const where = keys[0] === undefined ? path : [...path, keys[0]];
  const document = documentOf(merged, where[0]);
  const name = path.join('.');
  const message = keys[0] === undefined ? issue.message : `there is no key ${keys[0]}`;
  return document.problemAt(where, name === '' || keys[0] !== undefined ? message : `${name}: ${message}`);
}

/** Two jobs that write the same file would leave what the last one made. */
function refuseSameOutputs(jobs: readonly RecipeJob[], merged: Merged): void {
  const seen = new Set<string>();
  for (const { recipe, steps: list } of jobs) {
    const outputs = [recipe.output, ...list.flatMap(({ step, settings }) => step.outputs(settings))];
    for (const output of new Set(outputs.flatMap((one) => (one === undefined ? [] : [resolve('/', one)])))) {
      if (seen.has(output)) {
        throw documentOf(merged, 'matrix').problemAt(
          ['matrix'],
          `several combinations write ${output.slice(1)}`,
          'put a ${NAME} of the matrix into output:',
        );
      }
      seen.add(output);
    }
  }
}
