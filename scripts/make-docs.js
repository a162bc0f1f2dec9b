/**
 * `npm run docs`: builds the documentation site (README, docs/, and the functions of the library) into .cache/site, and
 * checks that every link in it leads somewhere. Links to other sites are listed but not followed.
 *
 * Exit status 1 when a link is dead.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ensureInstalled, root, runProgram } from './setup.js';

ensureInstalled();
const site = path.join(root, '.cache/site');
const typedoc = path.join(root, 'node_modules/typedoc/bin/typedoc');
const status = runProgram(process.execPath, [
  typedoc,
  '--options',
  path.join(root, 'typedoc.json'),
  '--logLevel',
  'Warn',
]);
if (status !== 0) process.exit(status);

const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.html'),
);
/** @type {Map<string, { anchors: Set<string>, links: string[] }>} */
const read = new Map(pages.map((name) => [path.join(site, name), parts(path.join(site, name))]));
const dead = [];
const others = new Set();
for (const [page, { links }] of read) {
  for (const link of links) {
    if (/^[a-z]+:/i.test(link)) {
      others.add(link);
      continue;
    }
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? page : path.resolve(path.dirname(page), decodeURI(file));
    const there = read.get(target);
    const isThere = there ?? existsSync(target);
    const hasAnchor =
      anchor === undefined || anchor === '' || there?.anchors.has(decodeURIComponent(anchor)) !== false;
    if (isThere === false || !hasAnchor) dead.push(`${path.relative(site, page)}: ${link}`);
  }
}
for (const line of dead) process.stderr.write(`dead link in ${line}\n`);
process.stdout.write(
  `${path.relative(root, site)}/index.html: ${pages.length} pages, ${dead.length} dead links, ${others.size} links to other sites\n`,
);
process.exitCode = dead.length === 0 ? 0 : 1;

/** @param {string} file */
function parts(file) {
  const text = readFileSync(file, 'utf8');
  const all = (/** @type {RegExp} */ pattern) =>
    [...text.matchAll(pattern)].map(([, value]) => unescaped(value ?? ''));
  return { anchors: new Set(all(/\s(?:id|name)="([^"]*)"/g)), links: all(/<a\s[^>]*?href="([^"]*)"/g) };
}

/** @param {string} text */
function unescaped(text) {
  return text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'");
}
