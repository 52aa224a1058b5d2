import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { forgetAnnounced } from '@/lib/announce';
import { withdrawLiveConsent } from '@/lib/session/live-consent';
import { resetDesk, server } from '@/testing/server';

// A loaded machine may take longer than the default second; what is there sooner is found sooner.
configure({ asyncUtilTimeout: 8000 });

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterAll(() => server.close());
beforeEach(() => {
  resetDesk();
  forgetAnnounced();
  localStorage.clear();
  withdrawLiveConsent();
});
afterEach(() => {
  cleanup();
  server.resetHandlers();
  document.body.replaceChildren();
});

/** What jsdom lacks: media queries (a wide screen), element sizes, observers. */
vi.stubGlobal('matchMedia', (query: string) => ({
  matches: /min-width/.test(query),
  media: query,
  addEventListener: () => {},
  removeEventListener: () => {},
}));
vi.stubGlobal(
  'ResizeObserver',
  class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
);
Object.defineProperties(HTMLElement.prototype, {
  clientHeight: { configurable: true, get: () => 700 },
  clientWidth: { configurable: true, get: () => 1200 },
  offsetHeight: { configurable: true, get: () => 700 },
  offsetWidth: { configurable: true, get: () => 1200 },
});
// As in browsers of today, where it answers a promise that an effect must not hand on.
Element.prototype.scrollIntoView = () => Promise.resolve();
Element.prototype.hasPointerCapture = () => false;
Element.prototype.setPointerCapture = () => {};
