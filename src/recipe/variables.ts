import type { PathPart, RecipeDocument } from './document.js';

/** Values by name: text, numbers, true and false. */
export type Variables = Readonly<Record<string, string | number | boolean>>;

const reference = /\$\$\{|\$\{([^}]*)\}/g;
const name = /^([A-Za-z_]\w*)(?::-(.*))?$/s;

/** What a job may name: `vars`, its place in the matrix, and the environment, in this order of precedence. */
export interface VariableScope {
  readonly matrix: Variables;
  readonly vars: Variables;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Puts values in place of `${NAME}` and `${NAME:-default}` in every text. A text that is nothing but one reference
 * becomes the value itself, a number for instance; what comes from the environment is read as YAML would read it.
 * `$${` stands for `${`. Throws `usage` at the text that names something unknown.
 */
export function substitute(
  value: unknown,
  scope: VariableScope,
  document: RecipeDocument,
  path: readonly PathPart[] = [],
): unknown {
  if (typeof value === 'string') return inText(value, scope, document, path);
  if (Array.isArray(value))
    return value.map((one, place) => substitute(one, scope, document, [...path, place]));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, substitute(one, scope, document, [...path, key])]),
  );
}

function inText(
  text: string,
  scope: VariableScope,
  document: RecipeDocument,
  path: readonly PathPart[],
): string | number | boolean {
  const value = (inside: string): string | number | boolean => {
    const [, wanted, fallback] = name.exec(inside) ?? [];
    if (wanted === undefined) {
      throw document.problemAt(path, `\${${inside}} is no variable`, 'write ${NAME} or ${NAME:-default}');
    }
    const found = lookUp(wanted, scope) ?? (fallback === undefined ? undefined : plain(fallback));
    if (found !== undefined) return found;
    const known = [...Object.keys(scope.matrix), ...Object.keys(scope.vars)];
    throw document.problemAt(
      path,
      `there is no variable ${wanted}`,
      `${known.length === 0 ? 'none are defined' : `defined: ${known.join(', ')}`}; set it under vars: or in the environment`,
    );
  };
  const whole = /^\$\{([^}]*)\}$/.exec(text);
  if (whole !== null) return value(whole[1]!);
  return text.replace(reference, (_, inside: string | undefined) =>
    inside === undefined ? '${' : String(value(inside)),
  );
}

function lookUp(wanted: string, { matrix, vars, env }: VariableScope): string | number | boolean | undefined {
  if (Object.hasOwn(matrix, wanted)) return matrix[wanted];
  if (Object.hasOwn(vars, wanted)) return vars[wanted];
  const given = Object.hasOwn(env, wanted) ? env[wanted] : undefined;
  return given === undefined ? undefined : plain(given);
}

/** Text from outside as YAML reads plain scalars: numbers, true and false are themselves. */
function plain(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) ? Number(text) : text;
}
