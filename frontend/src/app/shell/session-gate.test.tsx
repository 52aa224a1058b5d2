import { QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse, http } from 'msw';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { describe, expect, it } from 'vitest';
import { createQueryClient, endSession } from '@/app/providers/query-client';
import { Component as LoginPage } from '@/app/routes/login';
import { Component as SetupPage } from '@/app/routes/setup';
import { DeskGate, EntryGate, safeNext } from '@/app/shell/session-gate';
import { MockDesk } from '@/testing/desk/mock-desk';
import { resetDesk, sentRequests, server } from '@/testing/server';

function enter(address: string) {
  const client = createQueryClient();
  const router = createMemoryRouter(
    [
      {
        element: <EntryGate />,
        children: [
          { path: '/login', element: <LoginPage /> },
          { path: '/setup', element: <SetupPage /> },
        ],
      },
      { element: <DeskGate />, children: [{ path: '*', element: <p>the desk</p> }] },
    ],
    { initialEntries: [address] },
  );
  render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return { client, router, user: userEvent.setup() };
}

describe('the gate of the desk', () => {
  it('leads to set-up while there is no user, and past it after', async () => {
    resetDesk(new MockDesk());
    const { router, user } = enter('/positions');
    await user.type(await screen.findByLabelText('Username'), 'trader');
    await user.type(screen.getByLabelText('E-mail'), 'trader@example.test');
    await user.type(screen.getByLabelText('Password'), 'weak');
    await user.type(screen.getByLabelText('Repeat password'), 'weaker');
    await user.click(screen.getByRole('button', { name: 'Create account' }));
    expect(await screen.findByText(/needs 8 characters or more with/)).toBeVisible();
    expect(screen.getByText('is not the same password')).toBeVisible();
    expect(sentRequests('POST', '/setup')).toHaveLength(0);
    for (const label of ['Password', 'Repeat password']) {
      await user.clear(screen.getByLabelText(label));
      await user.type(screen.getByLabelText(label), 'Practice#2026');
    }
    await user.click(screen.getByRole('button', { name: 'Create account' }));
    expect(await screen.findByText('the desk')).toBeVisible();
    expect(router.state.location.pathname).toBe('/broker');
    expect(sentRequests('POST', '/setup')[0]?.body).toEqual({
      username: 'trader',
      email: 'trader@example.test',
      password: 'Practice#2026',
    });
  });

  it('asks to sign in and then returns to where one wanted to go', async () => {
    resetDesk().isSignedIn = false;
    const { router, user } = enter('/orderbook?status=open');
    await user.type(await screen.findByLabelText('Username'), 'trader');
    await user.type(screen.getByLabelText('Password'), 'wrong{Enter}');
    expect(await screen.findByText('Invalid credentials')).toBeVisible();
    expect(screen.getByLabelText('Password')).toHaveValue('');
    await user.type(screen.getByLabelText('Password'), 'Practice#2026{Enter}');
    expect(await screen.findByText('the desk')).toBeVisible();
    expect(router.state.location).toMatchObject({ pathname: '/orderbook', search: '?status=open' });
  });

  it('leaves the desk and drops what was read when the session ends', async () => {
    const { client, router } = enter('/positions');
    await screen.findByText('the desk');
    client.setQueryData(['book', 'orders'], { orders: [] });
    resetDesk().isSignedIn = false;
    endSession(client);
    expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeVisible();
    expect(router.state.location.search).toBe('?next=%2Fpositions');
    expect(client.getQueryData(['book', 'orders'])).toBeUndefined();
  });

  it('says when the server cannot be reached', async () => {
    server.use(
      http.get('*/ui/api/bootstrap', () =>
        HttpResponse.json({ status: 'error', message: 'database is locked' }, { status: 500 }),
      ),
    );
    enter('/positions');
    expect(await screen.findByText('database is locked')).toBeVisible();
    expect(screen.getByRole('button', { name: 'Try again' })).toBeVisible();
  });
});

it('follows only paths of this desk', () => {
  expect(['/orderbook?x=1', '//evil.test', '/\\evil.test', 'https://evil.test', null].map(safeNext)).toEqual([
    '/orderbook?x=1',
    null,
    null,
    null,
    null,
  ]);
});
