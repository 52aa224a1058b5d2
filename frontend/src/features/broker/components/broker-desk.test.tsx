import { screen, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { BrokerDesk } from '@/features/broker/components/broker-desk';
import { MockDesk } from '@/testing/desk/mock-desk';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests, server } from '@/testing/server';

function newcomer(): MockDesk {
  const desk = new MockDesk();
  desk.user = { username: 'trader', email: 'trader@example.test', is_admin: true };
  desk.isSignedIn = true;
  return resetDesk(desk);
}

describe('the broker page', () => {
  it('connects the practice exchange with one press', async () => {
    newcomer();
    const { user } = renderInDesk(<BrokerDesk />, '/broker');
    await user.click(await screen.findByRole('button', { name: 'Connect Practice Exchange' }));
    expect(await screen.findByText('connected')).toBeVisible();
    expect(sentRequests('POST', '/accounts')[0]?.body).toEqual({
      broker: 'simulator',
      label: 'Practice Exchange',
      credentials: {},
    });
    expect(sentRequests('POST', '/accounts/1/connect')).toHaveLength(1);
  });

  it('draws a form from the schema, then asks for the one-time fields', async () => {
    newcomer();
    const { user } = renderInDesk(<BrokerDesk />, '/broker');
    await user.click(await screen.findByRole('button', { name: 'Add Angel One' }));
    await user.click(await screen.findByRole('button', { name: 'Save and continue' }));
    expect(await screen.findByText('is required')).toBeVisible();
    await user.type(screen.getByLabelText('API key'), 'k1');
    await user.click(screen.getByRole('button', { name: 'Save and continue' }));
    const login = await screen.findByRole('dialog', { name: /Connect Angel One/ });
    await user.type(within(login).getByLabelText('Client code'), 'A1');
    await user.type(within(login).getByLabelText('PIN'), '1234');
    await user.type(within(login).getByLabelText('One-time code'), '12345');
    await user.click(within(login).getByRole('button', { name: 'Connect' }));
    expect(await within(login).findByText('does not have the expected form')).toBeVisible();
    await user.type(within(login).getByLabelText('One-time code'), '6');
    await user.click(within(login).getByRole('button', { name: 'Connect' }));
    expect(await screen.findByText('connected')).toBeVisible();
    expect(sentRequests('POST', '/accounts/1/connect')[0]?.body).toEqual({
      client_code: 'A1',
      pin: '1234',
      totp: '123456',
    });
  });

  it('lists a plug-in that cannot be loaded with its reason', async () => {
    newcomer();
    renderInDesk(<BrokerDesk />, '/broker');
    const row = (await screen.findByText('Samco')).closest('li');
    expect(row).toHaveTextContent('limits.rate is missing');
    expect(within(row as HTMLElement).getByRole('button')).toBeDisabled();
  });

  it('shows an expired session with its reason and a way back', async () => {
    const desk = resetDesk();
    const [account] = desk.accounts;
    if (account)
      account.session = { state: 'expired', since: null, expires_at: null, reason: 'Token lapsed at 06:00' };
    renderInDesk(<BrokerDesk />, '/broker');
    expect(await screen.findByText('session expired')).toBeVisible();
    expect(screen.getByText('Token lapsed at 06:00')).toBeVisible();
    expect(screen.getByRole('button', { name: 'Reconnect' })).toBeVisible();
  });

  it('says why a connection was refused', async () => {
    newcomer();
    server.use(
      http.post('*/ui/api/accounts/:id/connect', () =>
        HttpResponse.json(
          { status: 'error', message: 'The exchange is closed for repairs' },
          { status: 503 },
        ),
      ),
    );
    const { user } = renderInDesk(<BrokerDesk />, '/broker');
    await user.click(await screen.findByRole('button', { name: 'Connect Practice Exchange' }));
    expect(await screen.findByText('The exchange is closed for repairs')).toBeVisible();
    expect(await screen.findByText('not connected')).toBeVisible();
  });

  it('tells the error a redirect sign-in came back with, and cleans the address', async () => {
    const { router } = renderInDesk(<BrokerDesk />, '/broker?error=Request+token+expired');
    expect(await screen.findByText('Request token expired')).toBeVisible();
    expect(router.state.location.search).toBe('');
  });
});
