import { toast } from 'sonner';
import { afterEach, expect, it, vi } from 'vitest';
import { keepShell } from '@/app/kept-shell';

class Worker extends EventTarget {
  state = 'installing';
  postMessage = vi.fn();
  becomes(state: string) {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}

/** A browser whose desk is kept already, or not yet. */
function browserWith({ controller }: { controller: object | null }) {
  const registration = Object.assign(new EventTarget(), {
    waiting: null as Worker | null,
    installing: null as Worker | null,
    update: vi.fn(async () => {}),
  });
  const register = vi.fn(async () => registration);
  const container = Object.assign(new EventTarget(), { controller, register });
  vi.stubGlobal('navigator', { serviceWorker: container });
  vi.stubGlobal('document', { readyState: 'complete' });
  const install = () => {
    registration.installing = new Worker();
    registration.dispatchEvent(new Event('updatefound'));
    return registration.installing;
  };
  return { registration, register, container, install };
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  toast.dismiss();
});

const offers = () => toast.getToasts().filter(({ id }) => id === 'new-version');

it('says nothing about the first version that a browser keeps', async () => {
  vi.useFakeTimers();
  const browser = browserWith({ controller: null });
  keepShell();
  await vi.advanceTimersByTimeAsync(3100);
  expect(browser.register).toHaveBeenCalledWith('/sw.js');
  browser.install().becomes('installed');
  expect(offers()).toHaveLength(0);
});

it('works in a browser that refuses to keep anything, silently or not', async () => {
  vi.useFakeTimers();
  const browser = browserWith({ controller: null });
  const failures: unknown[] = [];
  const note = (reason: unknown) => failures.push(reason);
  process.on('unhandledRejection', note);
  for (const answer of [async () => undefined, () => Promise.reject(new Error('refused'))]) {
    browser.register.mockImplementationOnce(answer as never);
    keepShell();
    await vi.advanceTimersByTimeAsync(3100);
  }
  process.off('unhandledRejection', note);
  expect(browser.register).toHaveBeenCalledTimes(2);
  expect(failures).toEqual([]);
});

it('offers a newer version, and lets it take over only when asked', async () => {
  vi.useFakeTimers();
  const browser = browserWith({ controller: {} });
  keepShell();
  await vi.advanceTimersByTimeAsync(3100);
  const worker = browser.install();
  worker.becomes('installed');
  expect(worker.postMessage).not.toHaveBeenCalled();
  const [offer] = offers();
  if (!offer || !('action' in offer)) throw new Error('nothing was offered');
  (offer.action as unknown as { onClick: () => void }).onClick();
  expect(worker.postMessage).toHaveBeenCalledWith('skip-waiting');
});
