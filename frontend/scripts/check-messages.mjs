// Every text of the desk is said in English and in Hindi: see src/messages/README.md.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { problemsOf } from './messages.mjs';

/** Rooms and features whose texts are still bare English. Nothing is added here. */
const UNCONVERTED = new Set(['orders', 'positions', 'ticket', 'trades']);

const source = fileURLToPath(new URL('../src/', import.meta.url));
const read = (path) => readFileSync(source + path, 'utf8');
const modules = {};
const catalogues = {};
for (const found of readdirSync(source, { recursive: true })) {
  const path = String(found).replaceAll('\\', '/');
  if (/\.tsx?$/.test(path)) modules[path] = read(path);
  const [, owner] = /^messages\/hi\/([\w-]+)\.json$/.exec(path) ?? [];
  if (owner) catalogues[owner] = JSON.parse(read(path));
}

const problems = problemsOf({ modules, catalogues, unconverted: UNCONVERTED });
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`messages: every text has its Hindi (${UNCONVERTED.size} places still to convert)`);
