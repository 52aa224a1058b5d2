// Every text of the desk is said in English and in Hindi: see src/messages/README.md.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { termProblems } from './glossary.mjs';
import { problemsOf } from './messages.mjs';

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

const glossary = JSON.parse(read('messages/glossary.json'));
const problems = [...problemsOf({ modules, catalogues }), ...termProblems(catalogues, glossary)];
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log('messages: every text has its Hindi');
