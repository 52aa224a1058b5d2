// Initial JavaScript (what index.html loads before any route) must stay within the budget, in brotli bytes.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

const BUDGET_KB = 180;
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const html = readFileSync(`${dist}/index.html`, 'utf8');
if (/<script(?![^>]*\bsrc=)/.test(html) || /<style/.test(html)) {
  console.error('index.html carries an inline script or style');
  process.exit(1);
}
const loaded = [...html.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map(([, path]) => path);
let total = 0;
for (const path of new Set(loaded)) {
  const size = brotliCompressSync(readFileSync(dist + path)).length;
  total += size;
  console.log(`${(size / 1024).toFixed(1).padStart(7)} KB  ${path}`);
}
console.log(`${(total / 1024).toFixed(1).padStart(7)} KB  initial JavaScript (budget ${BUDGET_KB})`);
if (total > BUDGET_KB * 1024) process.exit(1);
