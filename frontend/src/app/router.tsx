import { createBrowserRouter, Navigate } from 'react-router';
import { RouteError } from '@/app/shell/route-error';
import { DeskGate, EntryGate } from '@/app/shell/session-gate';
import { Splash } from '@/app/shell/splash';

/** Every page is a chunk of its own, fetched when it is first visited. */
export function createRouter() {
  return createBrowserRouter([
    {
      errorElement: <RouteError />,
      hydrateFallbackElement: <Splash />,
      children: [
        {
          element: <EntryGate />,
          children: [
            { path: '/login', lazy: () => import('@/app/routes/login') },
            { path: '/setup', lazy: () => import('@/app/routes/setup') },
            { path: '/reset-password', lazy: () => import('@/app/routes/reset-password') },
          ],
        },
        {
          element: <DeskGate />,
          children: [
            {
              lazy: () => import('@/app/shell/desk-layout'),
              children: [
                {
                  errorElement: <RouteError isInDesk />,
                  children: [
                    { index: true, element: <Navigate to="/dashboard" replace /> },
                    { path: '/trade', lazy: () => import('@/app/routes/trade') },
                    { path: '/dashboard', lazy: () => import('@/app/routes/dashboard') },
                    { path: '/orderbook', lazy: () => import('@/app/routes/orderbook') },
                    { path: '/gtt', lazy: () => import('@/app/routes/gtt') },
                    { path: '/action-center', lazy: () => import('@/app/routes/action-center') },
                    { path: '/tradebook', lazy: () => import('@/app/routes/tradebook') },
                    { path: '/positions', lazy: () => import('@/app/routes/positions') },
                    { path: '/pnl', lazy: () => import('@/app/routes/pnl') },
                    { path: '/chart', lazy: () => import('@/app/routes/chart') },
                    { path: '/optionchain', lazy: () => import('@/app/routes/optionchain') },
                    { path: '/basket', lazy: () => import('@/app/routes/basket') },
                    { path: '/strategies', lazy: () => import('@/app/routes/strategies') },
                    { path: '/strategies/:strategyId', lazy: () => import('@/app/routes/strategy') },
                    { path: '/holdings', lazy: () => import('@/app/routes/holdings') },
                    { path: '/drift', lazy: () => import('@/app/routes/drift') },
                    { path: '/search', lazy: () => import('@/app/routes/search') },
                    { path: '/risk', lazy: () => import('@/app/routes/risk') },
                    { path: '/sandbox', lazy: () => import('@/app/routes/sandbox') },
                    { path: '/profile', lazy: () => import('@/app/routes/profile') },
                    { path: '/apikey', lazy: () => import('@/app/routes/apikey') },
                    { path: '/playground', lazy: () => import('@/app/routes/playground') },
                    { path: '/broker', lazy: () => import('@/app/routes/broker') },
                    { path: '/health', lazy: () => import('@/app/routes/health') },
                    { path: '/latency', lazy: () => import('@/app/routes/latency') },
                    { path: '/traffic', lazy: () => import('@/app/routes/traffic') },
                    { path: '/logs', lazy: () => import('@/app/routes/logs') },
                    { path: '/admin', lazy: () => import('@/app/routes/admin') },
                    { path: '/audit', lazy: () => import('@/app/routes/audit') },
                    { path: '*', lazy: () => import('@/app/routes/not-found') },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
  ]);
}
