// After the bundler: a page for each path that names what it needs first, and a service worker that knows the files.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
const entry = new Set(
  [...read('dist/index.html').matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, file]) => file),
);
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

/** Reads that every page of the desk begins with, and those of one page: asked for while its scripts are on their way. */
const READS = JSON.parse(read('first-reads.json'));

// The text font is needed by the first figure: asked for with the page instead of after its styles.
const page = read('dist/index.html');
const font = readdirSync(path('dist/assets')).find((name) => /^inter-latin-wght/.test(name));
if (!font || !page.includes('<link rel="stylesheet"')) throw new Error('dist/ has no text font or no styles');
const withFont = page.replace(
  '<link rel="stylesheet"',
  `<link rel="preload" as="font" type="font/woff2" crossorigin href="/assets/${font}">\n    <link rel="stylesheet"`,
);
// Scripts are fetched at once and run when what the page brought is on the screen; the last one of them is the desk.
const started = withFont.replace(
  /<script type="module" crossorigin src="(\/assets\/[^"]+)"><\/script>/g,
  '<link rel="modulepreload" crossorigin href="$1">',
);
const desk = [...entry].at(-1);
if (started === withFont || !desk) throw new Error('dist/index.html names no scripts');
writeFileSync(path('dist/index.html'), started);
writeFileSync(
  path('dist/theme-boot.js'),
  `${read('dist/theme-boot.js')}${read('scripts/start.js').replace('__DESK__', desk)}`,
);

/** The desk's frame by path, in one language. Texts of module scope are read once, so each language loads it anew. */
async function framesIn(language) {
  globalThis.document = { documentElement: { lang: language } };
  const { frameOf } = await import(`../dist/.frame/frame.js?${language}`);
  delete globalThis.document;
  return frameOf;
}

/** The desk's page as it is sent for one path: its own scripts and reads named, and the frame to look at meanwhile. */
function pageOf(files, reads, frame = '') {
  const links = [
    ...files.map((file) => `<link rel="modulepreload" crossorigin href="${file}">`),
    ...reads.map((read) => `<link rel="preload" as="fetch" crossorigin href="/ui/api${read}">`),
  ];
  const linked = started.replace('</head>', `  ${links.join('\n    ')}\n  </head>`);
  if (!frame) return linked;
  const framed = linked.replace(
    /<div id="root">.*?<\/div>\s*<\/div>/s,
    `<div id="root"></div>\n    <div id="frame" inert aria-hidden="true" class="fixed inset-0 z-30 flex flex-col bg-bg">${frame}</div>`,
  );
  if (framed === linked) throw new Error('index.html is not written as scripts/finish-build.mjs reads it');
  return framed;
}

for (const [folder, language] of [
  ['pages', 'en-IN'],
  ['pages/hi', 'hi'],
]) {
  const frameOf = await framesIn(language);
  const write = (name, text) =>
    writeFileSync(
      path(`dist/${folder}/${name}.html`),
      text.replace('<html lang="en-IN"', `<html lang="${language}"`),
    );
  mkdirSync(path(`dist/${folder}`));
  for (const [where, files] of Object.entries(table)) {
    const name = where.slice(1);
    if (entrances.has(where)) write(name, pageOf(files, []));
    else write(name, pageOf([...layout, ...files], [...READS['*'], ...(READS[where] ?? [])], frameOf(where)));
  }
  write('desk', pageOf(layout, READS['*'], frameOf('')));
}
rmSync(path('dist/.frame'), { recursive: true });

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
