// Imports flow one way: app -> features -> (components, lib, stores, hooks); a feature never imports a feature.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src', import.meta.url));
const IMPORT = /(?:from\s+|import\s+|import\()\s*['"]([^'"]+)['"]/g;

/** What each room may not reach; `testing` may reach everything. */
const FORBIDDEN = {
  lib: ['app', 'features', 'components', 'stores', 'hooks', 'testing'],
  stores: ['app', 'features', 'components', 'testing'],
  hooks: ['app', 'features', 'components', 'testing'],
  components: ['app', 'features', 'testing'],
  features: ['app', 'testing'],
  app: ['testing'],
};

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

function roomOf(path) {
  const [room, part] = relative(source, path).split(sep);
  return { room, part };
}

const problems = [];
for (const file of files(source)) {
  const isTest = /\.test\.tsx?$/.test(file);
  const here = roomOf(file);
  for (const [, target] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    const path = target.startsWith('@/')
      ? join(source, target.slice(2))
      : target.startsWith('.')
        ? resolve(dirname(file), target)
        : null;
    if (!path) continue;
    const there = roomOf(path);
    const say = (why) => problems.push(`${relative(process.cwd(), file)}: ${why} (${target})`);
    if (here.room === 'features' && there.room === 'features' && here.part !== there.part)
      say('a feature imports another feature');
    const forbidden = FORBIDDEN[here.room] ?? [];
    if (forbidden.includes(there.room) && !(isTest && there.room === 'testing'))
      say(`${here.room} may not import ${there.room}`);
  }
  const lines = readFileSync(file, 'utf8').split('\n').length;
  if (lines > 350) problems.push(`${relative(process.cwd(), file)}: ${lines} lines, the limit is 350`);
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log('imports: features are independent, rooms keep their direction');
