import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');

/** Files that any room may import: they import nothing themselves but each other. */
const shared = ['errors', 'progress', 'leftovers', 'output-file', 'tool', 'yaml-depth'];

const model = ['tensor', 'ir', 'onnx'];
const running = [...model, 'data', 'runtime'];
const transforming = [...running, 'passes', 'calibrate'];
const everythingButReport = [
  ...transforming,
  'fuse',
  'quantize',
  'prune',
  'distill',
  'compile',
  'bench',
  'gates',
  'serve',
];

/** What each room may import. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  tensor: [],
  ir: ['tensor'],
  onnx: ['ir', 'tensor'],
  data: ['tensor'],
  runtime: model,
  // A pass never opens a session: shapes, constants and ranges arrive in its context.
  passes: ['ir', 'tensor'],
  calibrate: running,
  quantize: transforming,
  prune: transforming,
  distill: [...transforming, 'quantize', 'prune', 'bench'],
  compile: running,
  fuse: [...running, 'passes'],
  // The bench asks the judge whether a gate is still open, to measure on.
  bench: ['runtime', 'data', 'gates', 'compile', 'tensor'],
  gates: [],
  serve: ['bench', ...model],
  search: everythingButReport,
  recipe: [...everythingButReport, 'search'],
  // Jobs of one command that take several rooms.
  jobs: everythingButReport,
  report: [],
  cli: [...everythingButReport, 'search', 'recipe', 'jobs', 'report'],
  index: [...everythingButReport, 'search', 'recipe', 'jobs', 'report'],
};

/** Rooms whose types alone may be imported: a report describes results, it does not make them. */
const typesOnly: Readonly<Record<string, readonly string[]>> = {
  report: [
    'bench',
    'gates',
    'search',
    'recipe',
    'fuse',
    'quantize',
    'prune',
    'distill',
    'compile',
    'serve',
    'runtime',
    'jobs',
  ],
};

/** Packages that only these rooms may import; any room may import the others. */
const packageRooms: Readonly<Record<string, readonly string[]>> = {
  'onnxruntime-node': ['runtime'],
  protobufjs: ['onnx', 'data', 'bench'],
  sharp: ['data', 'bench'],
  commander: ['cli'],
  ora: ['cli'],
};

/** Packages that `infer-opt --help` may load; everything else waits for the command that needs it. */
const eagerPackages = ['commander'];

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly kind: 'type' | 'static' | 'dynamic';
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function importsOf(path: string): Import[] {
  const found: Import[] = [];
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, false);
  const add = (node: ts.Node | undefined, kind: Import['kind']): void => {
    if (node !== undefined && ts.isStringLiteral(node))
      found.push({ from: path, specifier: node.text, kind });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(
        node.moduleSpecifier,
        node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? 'type' : 'static',
      );
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'static');
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], 'dynamic');
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, 'type');
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const isLocal = (one: Import): boolean => one.specifier.startsWith('.');
const targetOf = (one: Import): string => resolve(dirname(one.from), one.specifier).replace(/\.js$/, '.ts');
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
const roomOf = (path: string): string => relative(source, path).split(sep)[0]!.replace(/\.ts$/, '');
const nameOf = (path: string): string => relative(root, path).replaceAll(sep, '/');

const imports = filesUnder(source).flatMap(importsOf);
const external = imports.filter((one) => !isLocal(one) && !one.specifier.startsWith('node:'));

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

describe('rooms', () => {
  it('has a place in the table for every folder and file of src', () => {
    const unknown = readdirSync(source)
      .map((name) => name.replace(/\.ts$/, ''))
      .filter((name) => rooms[name] === undefined && !shared.includes(name));
    expect(unknown).toEqual([]);
  });

  it('has a table without circles', () => {
    const cycles = cyclesOf(new Map(Object.entries(rooms)));
    expect(cycles).toEqual([]);
  });

  it('imports only what the table allows', () => {
    const wrong = imports.filter(isLocal).flatMap((one) => {
      const from = roomOf(one.from);
      const to = roomOf(targetOf(one));
      const allowed =
        to === from ||
        shared.includes(to) ||
        (!shared.includes(from) && rooms[from]?.includes(to) === true) ||
        (one.kind === 'type' && typesOnly[from]?.includes(to) === true);
      return allowed ? [] : [`${nameOf(one.from)} imports ${one.specifier}: ${from} may not import ${to}`];
    });
    expect(wrong).toEqual([]);
  });

  it('imports only files that exist', () => {
    const missing = imports.filter((one) => isLocal(one) && !existsSync(targetOf(one)));
    expect(missing.map((one) => `${nameOf(one.from)}: ${one.specifier}`)).toEqual([]);
  });

  it('has no circle of files that load each other', () => {
    const edges = new Map<string, string[]>();
    for (const one of imports) {
      if (!isLocal(one) || one.kind !== 'static') continue;
      edges.set(one.from, [...(edges.get(one.from) ?? []), targetOf(one)]);
    }
    expect(cyclesOf(edges).map((cycle) => cycle.map(nameOf).join(' -> '))).toEqual([]);
  });

  it('keeps each package in the rooms that it belongs to', () => {
    const wrong = external.flatMap((one) => {
      const allowed = packageRooms[packageOf(one.specifier)];
      if (one.kind === 'type' || allowed === undefined || allowed.includes(roomOf(one.from))) return [];
      return [`${nameOf(one.from)} imports ${one.specifier}, which belongs to ${allowed.join(', ')}`];
    });
    expect(wrong).toEqual([]);
  });
});

describe('starting', () => {
  it('loads no package for --help but the parser of the command line', () => {
    const reached = new Set<string>();
    const waiting = [join(source, 'cli', 'main.ts')];
    const loaded: string[] = [];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (reached.has(path)) continue;
      reached.add(path);
      for (const one of imports) {
        if (one.from !== path || one.kind !== 'static' || one.specifier.startsWith('node:')) continue;
        if (isLocal(one)) waiting.push(targetOf(one));
        else if (!eagerPackages.includes(packageOf(one.specifier)))
          loaded.push(`${nameOf(path)}: ${one.specifier}`);
      }
    }
    expect(reached.size).toBeGreaterThan(5);
    expect(loaded).toEqual([]);
  });
});

describe('dependencies', () => {
  // A type alone needs no package at run time: it comes with the package that brings it (long with protobufjs).
  const used = new Set(external.filter((one) => one.kind !== 'type').map((one) => packageOf(one.specifier)));
  const shipped = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.optionalDependencies)];

  it('lists every package that src imports', () => {
    expect([...used].filter((name) => !shipped.includes(name))).toEqual([]);
  });

  it('lists no package that src does not import', () => {
    expect(shipped.filter((name) => !used.has(name))).toEqual([]);
  });

  it('lists no development package that nothing uses', () => {
    const configuration = ['eslint.config.js', 'vitest.config.ts'].map((name) => join(root, name));
    const imported = new Set(
      [...filesUnder(join(root, 'test')), ...filesUnder(join(root, 'scripts')), ...configuration]
        .flatMap(importsOf)
        .map((one) => packageOf(one.specifier)),
    );
    // Used by their command, their types, or by vitest's --coverage.
    const byTools = [
      'typedoc',
      'typedoc-plugin-missing-exports',
      'prettier',
      'typescript',
      'eslint',
      '@types/node',
      '@vitest/coverage-v8',
    ];
    const unused = Object.keys(manifest.devDependencies).filter(
      (name) => !imported.has(name) && !byTools.includes(name),
    );
    expect(unused).toEqual([]);
  });

  it('says in docs/dependencies.md why each package is there', () => {
    const reasons = new Set(
      [
        ...readFileSync(join(root, 'docs', 'dependencies.md'), 'utf8').matchAll(
          /^\| `([^`]+)` \| \S.{10,}\|$/gm,
        ),
      ].map((match) => match[1]!),
    );
    const all = [...shipped, ...Object.keys(manifest.devDependencies)];
    expect([...reasons].sort()).toEqual(all.sort());
  });
});

/** Circles in a graph of names, each once, as the path that closes it. */
function cyclesOf(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    if (finished.has(name)) return;
    const at = path.indexOf(name);
    if (at >= 0) {
      cycles.push([...path.slice(at), name]);
      return;
    }
    path.push(name);
    for (const next of edges.get(name) ?? []) visit(next);
    path.pop();
    finished.add(name);
  };
  for (const name of edges.keys()) visit(name);
  return cycles;
}
