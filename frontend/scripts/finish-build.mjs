// After the bundler: a service worker that knows the shell's files, and a table of what each page needs first.
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const read = (name) => readFileSync(path(name), 'utf8');
const manifest = JSON.parse(read('dist/.vite/manifest.json'));

/** A module's script and all that it imports at once, each before what needs it. */
function graphOf(key, seen = new Set()) {
  const { file, imports = [] } = manifest[key];
  for (const other of imports) graphOf(other, seen);
  seen.add(`/${file}`);
  return seen;
}

const LAYOUT = 'src/app/shell/desk-layout.tsx';
const entry = graphOf('index.html');
const routes = Object.fromEntries(
  [
    ...read('src/app/router.tsx').matchAll(
      /path: '(\/[a-z-]+)', lazy: \(\) => import\('@\/(app\/routes\/[a-z-]+)'\)/g,
    ),
  ].map(([, where, module]) => [where, `src/${module}.tsx`]),
);
if (Object.keys(routes).length < 20)
  throw new Error('src/app/router.tsx is not written as scripts/finish-build.mjs reads it');

const early = (key) => [...graphOf(key)].filter((file) => !entry.has(file));
const layout = early(LAYOUT);
const entrances = new Set(['/login', '/setup', '/reset-password']);
const table = Object.fromEntries(
  Object.entries(routes).map(([where, key]) => [
    where,
    early(key).filter((file) => entrances.has(where) || !layout.includes(file)),
  ]),
);

// Names are written once, pages name them by number.
const names = [...new Set([...layout, ...Object.values(table).flat()])];
const numbers = (files) => files.map((file) => names.indexOf(file));
const script = `// What each page needs first, fetched while the page itself is still being read. Written by scripts/finish-build.mjs.
(() => {
  const names = ${JSON.stringify(names.map((name) => name.replace('/assets/', '')))};
  const layout = ${JSON.stringify(numbers(layout))};
  const pages = ${JSON.stringify(Object.fromEntries(Object.entries(table).map(([where, files]) => [where, numbers(files)])))};
  const path = location.pathname === '/' ? '/dashboard' : location.pathname;
  const isEntrance = /^\\/(login|setup|reset-password)$/.test(path);
  for (const number of [...(isEntrance ? [] : layout), ...(pages[path] ?? [])]) {
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.crossOrigin = '';
    link.href = '/assets/' + names[number];
    document.head.append(link);
  }
})();
`;
appendFileSync(path('dist/theme-boot.js'), script);

// The text font is needed by the first figure: asked for with the page instead of after its styles.
const page = read('dist/index.html');
const font = readdirSync(path('dist/assets')).find((name) => /^inter-latin-wght/.test(name));
if (!font || !page.includes('<link rel="stylesheet"')) throw new Error('dist/ has no text font or no styles');
writeFileSync(
  path('dist/index.html'),
  page.replace(
    '<link rel="stylesheet"',
    `<link rel="preload" as="font" type="font/woff2" crossorigin href="/assets/${font}">\n    <link rel="stylesheet"`,
  ),
);

// Every page's scripts: a desk without a line opens any of them, and an open one finds its own after an upgrade.
const shell = [
  '/index.html',
  ...readdirSync(path('public')).map((name) => `/${name}`),
  ...readdirSync(path('dist/assets'))
    .filter((name) => /\.(js|css)$/.test(name) || /^inter-latin-wght/.test(name))
    .map((name) => `/assets/${name}`),
];
const version = createHash('sha256');
for (const file of shell) version.update(file).update(readFileSync(path(`dist${file}`)));
writeFileSync(
  path('dist/sw.js'),
  read('sw/sw.js')
    .replace('__VERSION__', version.digest('hex').slice(0, 12))
    .replace("['__SHELL__']", JSON.stringify(shell)),
);
rmSync(path('dist/.vite'), { recursive: true });
