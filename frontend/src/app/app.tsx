import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { RouterProvider } from 'react-router/dom';
import { Toaster } from 'sonner';
import { createQueryClient, endSession } from '@/app/providers/query-client';
import { createRouter } from '@/app/router';
import { configureClient } from '@/lib/api/client';
import { MarketDataProvider } from '@/lib/market-data/context';
import { createDeskClient } from '@/lib/market-data/desk-client';
import { fetchBootstrap } from '@/lib/session/bootstrap';
import { useAppearance } from '@/stores/appearance';
import { useConnection } from '@/stores/connection';

export function App() {
  const [parts] = useState(() => {
    const queryClient = createQueryClient();
    configureClient({
      onSessionExpired: () => endSession(queryClient),
      refreshCsrfToken: async () => {
        await fetchBootstrap();
      },
    });
    return { queryClient, router: createRouter(), feed: createDeskClient() };
  });
  const theme = useAppearance((state) => state.theme);
  const numberStyle = useAppearance((state) => state.numberStyle);
  useOnlineState();
  return (
    <QueryClientProvider client={parts.queryClient}>
      <MarketDataProvider value={parts.feed}>
        {/* Figures are texts once they are drawn: another style draws every view anew. */}
        <RouterProvider key={numberStyle} router={parts.router} />
        <Toaster
          theme={theme}
          position="bottom-left"
          offset={{ bottom: 36, left: 84 }}
          mobileOffset={{ bottom: 72 }}
          visibleToasts={4}
          duration={5000}
          closeButton
        />
      </MarketDataProvider>
    </QueryClientProvider>
  );
}

function useOnlineState() {
  useEffect(() => {
    const update = () => useConnection.setState({ isOnline: navigator.onLine });
    addEventListener('online', update);
    addEventListener('offline', update);
    return () => {
      removeEventListener('online', update);
      removeEventListener('offline', update);
    };
  }, []);
}
