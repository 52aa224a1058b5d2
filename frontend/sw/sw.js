// The desk's service worker: keeps the shell (page, scripts, styles, fonts, icons) so that the desk opens without a line
// and says what is the matter. It never sees an answer of the server's: only the paths below are its business, and none
// of them differs from user to user. scripts/finish-build.mjs fills in the two constants.
const VERSION = '__VERSION__';
const SHELL = ['__SHELL__'];

const CACHE = `openalgo-shell-${VERSION}`;
const PAGE = '/index.html';
/** Paths of machines, and of sign-ins that go through the server: as in blueprints/react_app.py. */
const NOT_PAGES = /^\/(api|ui\/api|socket\.io|auth|postback|strategy\/webhook|chartink\/webhook)(\/|$)/;
const NOT_A_PAGE_OF_THE_DESK = /^\/[^/]+\/callback(\/|$)/;

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      // Without cookies: what is kept belongs to nobody.
      .then((cache) =>
        cache.addAll(SHELL.map((path) => new Request(path, { credentials: 'omit', cache: 'no-cache' }))),
      ),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith('openalgo-shell-') && name !== CACHE)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

// A new version waits until the trader says so: a ticket may be half filled in.
self.addEventListener('message', ({ data }) => {
  if (data === 'skip-waiting') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (!NOT_PAGES.test(pathname) && !NOT_A_PAGE_OF_THE_DESK.test(pathname)) event.respondWith(page(request));
  } else if (pathname.startsWith('/assets/')) event.respondWith(asset(request));
  else if (SHELL.includes(pathname)) event.respondWith(fresh(request, pathname));
});

/** The server's page; the kept one only where no server answers. */
async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    return (await kept(PAGE)) ?? Promise.reject(error);
  }
}

/** What has its content in its name never changes: fetched once. */
async function asset(request) {
  const found = await kept(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok && answer.type === 'basic') {
    const copy = answer.clone();
    void caches.open(CACHE).then((cache) => cache.put(request, copy));
  }
  return answer;
}

async function fresh(request, pathname) {
  try {
    return await fetch(request);
  } catch (error) {
    return (await kept(pathname)) ?? Promise.reject(error);
  }
}

async function kept(what) {
  return (await caches.open(CACHE)).match(what);
}
