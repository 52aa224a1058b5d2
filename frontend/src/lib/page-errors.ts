import { tell } from '@/lib/api/client';
import { ApiError } from '@/lib/api/errors';

/** As many as one life of the page sends, whatever goes wrong on it. */
export const MOST_REPORTS = 8;
const LONGEST = { kind: 100, message: 1000, stack: 8000, page: 200 };
// What follows ? or # of an address may hold keys.
const ADDRESS_TAIL = /(?<=[\w/.-])[?#][^\s"'<>)]*?(?=(?::\d+){0,2}(?:[\s"'<>)]|$))/gm;
// Of the browser or of what somebody added to it, and nothing this desk could mend.
const FOREIGN = /\b(?:chrome|moz|safari-web)-extension:|^Script error\.?$|ResizeObserver loop/m;
/** A chunk of an older build that is gone: the page offers to reload. */
const OLD_RELEASE = /dynamically imported|module script/i;

export interface PageError {
  kind: string;
  message: string;
  stack: string;
  page: string;
  release: string;
}

/** The build that runs here, by the name of its file. */
export function buildOf(address: string): string {
  return address.split(/[?#]/)[0]?.split('/').at(-1)?.replace(/\.js$/, '') ?? '';
}

const withoutQueries = (text: string) => text.replace(ADDRESS_TAIL, '');

/** What is told of an error, null of those that are no fault of a page: refusals, lost lines, other people's code. */
export function pageError(error: unknown, page: string, build: string): PageError | null {
  if (error instanceof ApiError && error.code !== 'BAD_ANSWER') return null;
  const isError = error instanceof Error;
  const kind = (isError && error.name) || typeof error;
  const message = (isError ? error.message : String(error)) || kind;
  const stack = (isError && error.stack) || '';
  if (kind === 'AbortError' || OLD_RELEASE.test(message) || FOREIGN.test(`${message}\n${stack}`)) return null;
  return {
    kind: kind.slice(0, LONGEST.kind),
    message: withoutQueries(message).slice(0, LONGEST.message),
    stack: withoutQueries(stack).slice(0, LONGEST.stack),
    page: page.slice(0, LONGEST.page),
    release: build,
  };
}

/** Sends each error once and at most MOST_REPORTS in its life. It never raises, so it cannot report itself. */
export class PageErrorReporter {
  private readonly sent = new Set<string>();
  private readonly build: string;
  private readonly send: (error: PageError) => Promise<boolean>;

  constructor(
    build: string,
    send: (error: PageError) => Promise<boolean> = (error) => tell('/errors/browser', error),
  ) {
    this.build = build;
    this.send = send;
  }

  report(error: unknown): void {
    try {
      const found = pageError(error, location.pathname, this.build);
      if (!found) return;
      const name = `${found.kind} ${found.message} ${found.stack.split('\n')[1] ?? ''}`;
      if (this.sent.has(name) || this.sent.size >= MOST_REPORTS) return;
      this.sent.add(name);
      void this.send(found).catch(() => {});
    } catch {
      // An error that cannot be read is left to the browser's console, where it stands anyway.
    }
  }

  /** Hears of what nobody caught. Ends with what it returns. */
  watch(): () => void {
    const onError = (event: ErrorEvent) => this.report(event.error ?? event.message);
    const onRejection = (event: PromiseRejectionEvent) => this.report(event.reason);
    addEventListener('error', onError);
    addEventListener('unhandledrejection', onRejection);
    return () => {
      removeEventListener('error', onError);
      removeEventListener('unhandledrejection', onRejection);
    };
  }
}

export const pageErrors = new PageErrorReporter(buildOf(import.meta.url));
