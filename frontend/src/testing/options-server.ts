import { HttpResponse, http } from 'msw';
import type { MockDesk } from '@/testing/desk/mock-desk';
import { OPTION_ROUTES } from '@/testing/desk/options';
import { server } from '@/testing/server';

/** Puts the options routes of this desk in front of the server; answers every request that they got, in order. */
export function serveOptions(desk: MockDesk) {
  const sent: { path: string; body: Record<string, unknown> }[] = [];
  const paths = [...new Set(Object.keys(OPTION_ROUTES).map((route) => route.split(' ')[1] ?? ''))];
  server.use(
    ...paths.map((path) =>
      http.all(`*/ui/api${path}`, async ({ request }) => {
        const text = await request.text();
        const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
        const { method } = request;
        const query = new URL(request.url).searchParams;
        if (method === 'POST') sent.push({ path, body });
        const found = OPTION_ROUTES[`${method} ${path}`]?.(desk, { method, path, query, body }, '');
        return HttpResponse.json((found?.body ?? null) as never, { status: found?.status ?? 404 });
      }),
    ),
  );
  return (path: string) => sent.filter((one) => one.path === path);
}
