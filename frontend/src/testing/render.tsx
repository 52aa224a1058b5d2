import { QueryClientProvider } from '@tanstack/react-query';
import { type RenderResult, render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type ReactNode, Suspense } from 'react';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { Toaster } from 'sonner';
import { createQueryClient } from '@/app/providers/query-client';
import { MarketDataProvider } from '@/lib/market-data/context';
import { fakeFeed } from '@/testing/fake-feed';

/** Renders inside everything the desk provides, at an address, over the in-memory back end. */
export function renderInDesk(node: ReactNode, address = '/') {
  const queryClient = createQueryClient();
  queryClient.setDefaultOptions({ queries: { ...queryClient.getDefaultOptions().queries, retry: false } });
  const feed = fakeFeed();
  const router = createMemoryRouter(
    [{ path: '*', element: <Suspense fallback="opening">{node}</Suspense> }],
    {
      initialEntries: [address],
    },
  );
  const view: RenderResult = render(
    <QueryClientProvider client={queryClient}>
      <MarketDataProvider value={feed.client}>
        <RouterProvider router={router} />
        <Toaster />
      </MarketDataProvider>
    </QueryClientProvider>,
  );
  return { ...view, queryClient, feed, router, user: userEvent.setup() };
}
