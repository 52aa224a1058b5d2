import { describe, expect, it } from 'vitest';
import { ApiError } from '@/lib/api/errors';
import { buildOf, MOST_REPORTS, type PageError, PageErrorReporter, pageError } from '@/lib/page-errors';

function collected() {
  const sent: PageError[] = [];
  const reporter = new PageErrorReporter('index-A1', (error) => {
    sent.push(error);
    return Promise.reject(new Error('the line is down'));
  });
  return { sent, reporter };
}

function failure(message: string, stack = `Error: ${message}\n at draw (/assets/chart-B2.js:1:20)`): Error {
  return Object.assign(new TypeError(message), { stack });
}

describe('what is told of an error', () => {
  it('has the page and the build, and no query of any address', () => {
    const error = failure(
      'GET https://desk.test/orders?apikey=abc failed',
      'Error\n at read (https://desk.test/assets/a.js?t=secret:3:14)\n at x (/trade#k=1)',
    );
    expect(pageError(error, '/orderbook', 'index-A1')).toEqual({
      kind: 'TypeError',
      message: 'GET https://desk.test/orders failed',
      stack: 'Error\n at read (https://desk.test/assets/a.js:3:14)\n at x (/trade)',
      page: '/orderbook',
      release: 'index-A1',
    });
  });

  it('is bounded, and says something of what is no Error', () => {
    const long = pageError(failure('m'.repeat(5000), 's'.repeat(90_000)), `/${'p'.repeat(900)}`, 'b');
    expect([long?.message.length, long?.stack.length, long?.page.length]).toEqual([1000, 8000, 200]);
    expect(pageError('gone', '/', 'b')).toMatchObject({ kind: 'string', message: 'gone', stack: '' });
    expect(pageError(undefined, '/', 'b')).toMatchObject({ message: 'undefined' });
  });

  it.each([
    ['a refusal of the server', new ApiError('Lot size is 75', { status: 400, code: 'INVALID_INPUT' })],
    ['a lost line', new ApiError('The server cannot be reached.', { status: 0, code: 'UNREACHABLE' })],
    ['a read that was given up', Object.assign(new Error('aborted'), { name: 'AbortError' })],
    ['code of an extension', failure('x', 'Error\n at a (chrome-extension://abc/inject.js:1:1)')],
    ['a script of elsewhere', 'Script error.'],
    ['a page of an older build', new TypeError('Failed to fetch dynamically imported module: /assets/x.js')],
  ])('is nothing of %s', (_name, error) => expect(pageError(error, '/', 'b')).toBeNull());

  it('an answer that the page cannot read is a fault', () => {
    expect(pageError(new ApiError('odd', { status: 200, code: 'BAD_ANSWER' }), '/', 'b')).not.toBeNull();
  });
});

describe('the reporter', () => {
  it('sends an error once, and at most so many in the life of a page', () => {
    const { sent, reporter } = collected();
    for (let time = 0; time < 3; time += 1) reporter.report(failure('the same'));
    expect(sent).toHaveLength(1);
    for (let number = 0; number < 50; number += 1) reporter.report(failure(`another ${number}`));
    expect(sent).toHaveLength(MOST_REPORTS);
  });

  it('hears of errors and rejections that nobody caught, until it is stopped', () => {
    const { sent, reporter } = collected();
    const stop = reporter.watch();
    const fire = (message: string) => {
      dispatchEvent(new ErrorEvent('error', { error: failure(message), message }));
      dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason: failure(`${message} later`) }));
    };
    fire('first');
    stop();
    dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason: failure('second') }));
    expect(sent.map(({ message }) => message)).toEqual(['first', 'first later']);
  });

  it('never raises, not even for an error that cannot be read', () => {
    const { sent, reporter } = collected();
    const broken = new Proxy(new Error('x'), {
      get() {
        throw new Error('no');
      },
    });
    expect(() => reporter.report(broken)).not.toThrow();
    expect(sent).toEqual([]);
  });
});

it('a build is named by its file', () => {
  expect(buildOf('https://desk.test/assets/index-Cb1.js?x=1')).toBe('index-Cb1');
});
