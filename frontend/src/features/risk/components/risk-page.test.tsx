import { screen, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { RiskPage } from '@/features/risk/components/risk-page';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests, server } from '@/testing/server';

async function shown(address = '/risk') {
  const behind = resetDesk();
  const desk = renderInDesk(<RiskPage />, address);
  await screen.findByRole('form', { name: 'Limits' });
  return { ...desk, behind };
}

describe('the risk page', () => {
  it('stops new orders only after it was asked and given a reason, and lets them through again', async () => {
    const { user } = await shown();
    await user.click(screen.getByRole('button', { name: 'Stop new orders' }));
    expect(sentRequests('POST', '/risk/kill-switch')).toHaveLength(0);
    const dialog = await screen.findByRole('alertdialog');
    await user.type(within(dialog).getByLabelText('Reason, for the record'), 'runaway');
    await user.click(within(dialog).getByRole('button', { name: 'Stop new orders' }));
    expect(await screen.findByText('New orders are stopped: Everything')).toBeVisible();
    expect(sentRequests('POST', '/risk/kill-switch')[0]?.body).toEqual({
      kind: 'all',
      account_id: null,
      strategy: '',
      engaged: true,
      reason: 'runaway',
    });
    await user.click(await screen.findByRole('button', { name: 'Let new orders through' }));
    await user.click(
      within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Let through' }),
    );
    expect(await screen.findByText('New orders pass again: Everything')).toBeVisible();
  });

  it('leaves the switch where it is when the server refuses', async () => {
    const { user } = await shown();
    await user.click(screen.getByRole('button', { name: 'Stop new orders' }));
    const dialog = await screen.findByRole('alertdialog');
    await user.click(within(dialog).getByRole('button', { name: 'Stop new orders' }));
    expect(await screen.findByText('reason: is needed')).toBeVisible();
    expect(screen.getByText('New orders pass')).toBeInTheDocument();
  });

  it('saves the limits of one scope with the version it has seen, and keeps the record', async () => {
    const { user } = await shown();
    await user.selectOptions(screen.getByLabelText('Limits of'), 'account:1');
    await user.type(await screen.findByLabelText('Most units in one order'), '1,800');
    await user.type(screen.getByLabelText('Only in these hours'), '09:15-15:30');
    await user.click(screen.getByRole('checkbox', { name: 'NFO' }));
    await user.click(screen.getByRole('checkbox', { name: 'No sold options' }));
    await user.click(screen.getByRole('button', { name: 'Save limits' }));
    expect(await screen.findByText('Limits saved: Practice Exchange')).toBeVisible();
    expect(sentRequests('PUT', '/risk/limits')[0]?.body).toMatchObject({
      kind: 'account',
      account_id: 1,
      version: 0,
      limits: {
        max_quantity: 1800,
        exchanges: ['NFO'],
        no_option_selling: true,
        hours: [{ start: '09:15', end: '15:30' }],
      },
    });
    expect(await screen.findByText(/max_quantity: off → 1800/)).toBeVisible();
  });

  it('shows what cannot be read beside its field and sends nothing', async () => {
    const { user } = await shown();
    await user.type(screen.getByLabelText('Largest loss of the day'), 'much');
    await user.click(screen.getByRole('button', { name: 'Save limits' }));
    expect(screen.getByText('must be a number')).toBeVisible();
    expect(sentRequests('PUT', '/risk/limits')).toHaveLength(0);
    await user.clear(screen.getByLabelText('Largest loss of the day'));
    await user.type(screen.getByLabelText('Most units in one order'), '0');
    await user.click(screen.getByRole('button', { name: 'Save limits' }));
    expect(await screen.findByText('must be positive')).toBeVisible();
  });

  it('opens a strategy that has no limits yet', async () => {
    const { user } = await shown();
    await user.type(screen.getByLabelText('Name of a strategy'), 'orb-15');
    await user.click(screen.getByRole('button', { name: 'Open' }));
    await user.type(await screen.findByLabelText('Largest loss of the day'), '5000');
    await user.click(screen.getByRole('button', { name: 'Save limits' }));
    expect(await screen.findByText('Limits saved: orb-15')).toBeVisible();
    expect(sentRequests('PUT', '/risk/limits')[0]?.body).toMatchObject({
      kind: 'strategy',
      strategy: 'orb-15',
      limits: { max_daily_loss: '5000' },
    });
    expect(screen.getByRole('option', { name: 'Strategy: orb-15' })).toBeInTheDocument();
  });

  it('locks what the user may not change', async () => {
    const behind = resetDesk();
    for (const scope of behind.risk.scopes) scope.may_change = false;
    renderInDesk(<RiskPage />, '/risk');
    expect(await screen.findByRole('button', { name: 'Stop new orders' })).toBeDisabled();
    expect(screen.getByRole('button', { name: 'Save limits' })).toBeDisabled();
    expect(screen.getByText(/Only an administrator/)).toBeVisible();
  });

  it('says plainly that the limits could not be read', async () => {
    resetDesk();
    server.use(
      http.get('*/ui/api/risk', () =>
        HttpResponse.json(
          { status: 'error', message: 'The store is busy', code: 'STORE_BUSY' },
          { status: 503 },
        ),
      ),
    );
    renderInDesk(<RiskPage />, '/risk');
    expect(await screen.findByText('The store is busy')).toBeVisible();
  });
});
