import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { MockDesk } from '@/testing/desk/mock-desk';
import { answerRest } from '@/testing/desk/rest-api';
import { answer } from '@/testing/desk/routes';

let current = MockDesk.inUse();
interface Sent {
  method: string;
  path: string;
  query: Record<string, string>;
  body: Record<string, unknown>;
  csrf: string | null;
}
const sent: Sent[] = [];

/** The desk behind the next test: the same one the development server uses. */
export function resetDesk(next: MockDesk = MockDesk.inUse()): MockDesk {
  current = next;
  current.fillDelayMs = 0;
  sent.length = 0;
  return current;
}

/** What the page sent, in order. */
export function sentRequests(method: string, path: string) {
  return sent.filter((one) => one.method === method && one.path === path);
}

export const server = setupServer(
  http.all('*/ui/api/*', async ({ request }) => {
    const url = new URL(request.url);
    const path = url.pathname.slice('/ui/api'.length);
    const text = await request.text();
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
    sent.push({
      method: request.method,
      path,
      query: Object.fromEntries(url.searchParams),
      body,
      csrf: request.headers.get('X-CSRFToken'),
    });
    const { status, body: reply } = answer(current, {
      method: request.method,
      path,
      query: url.searchParams,
      body,
    });
    return HttpResponse.json(reply as never, { status });
  }),
  http.all('*/api/v1/*', async ({ request }) => {
    const path = new URL(request.url).pathname.slice('/api/v1'.length);
    const text = await request.text();
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
    sent.push({ method: request.method, path: `/api/v1${path}`, query: {}, body, csrf: null });
    const { status, body: reply } = answerRest(path, body);
    return HttpResponse.json(reply as never, { status });
  }),
);
