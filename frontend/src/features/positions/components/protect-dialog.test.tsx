import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { PositionBook } from '@/features/positions/components/position-book';
import { MockDesk } from '@/testing/desk/mock-desk';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests } from '@/testing/server';

const LONG = {
  symbol: 'SBIN',
  exchange: 'NSE',
  product: 'MIS',
  quantity: 10,
  average_price: 968,
  realized_pnl: 0,
};

async function shown() {
  const mock = resetDesk(MockDesk.inUse());
  mock.positions = [{ ...LONG }];
  const desk = renderInDesk(<PositionBook />);
  await screen.findByRole('button', { name: /^Protect SBIN MIS$/ });
  return { ...desk, mock };
}

async function opened() {
  const desk = await shown();
  await desk.user.click(screen.getByRole('button', { name: 'Protect SBIN MIS' }));
  const dialog = within(await screen.findByRole('dialog'));
  return { ...desk, dialog };
}

describe('protecting a position', () => {
  it('sends each level the way it was typed and lists the running exits', async () => {
    const { user, dialog } = await opened();
    await user.click(within(dialog.getByRole('radiogroup', { name: 'Stop-loss as' })).getByText('%'));
    await user.type(dialog.getByRole('textbox', { name: 'Stop-loss' }), '2');
    await user.type(dialog.getByRole('textbox', { name: 'Trailing stop' }), '8');
    expect(dialog.getByText('at 948.64')).toBeVisible();
    await user.click(dialog.getByRole('button', { name: 'Protect' }));
    const list = within(await screen.findByRole('region', { name: 'Running exits' }));
    expect(list.getByText('SELL 10')).toBeVisible();
    expect(sentRequests('POST', '/position-exits')[0]?.body).toEqual({
      symbol: 'SBIN',
      exchange: 'NSE',
      product: 'MIS',
      exits: { stoploss: { percent: 2 }, trailing_stop: { points: 8 } },
    });
    expect(await screen.findByRole('button', { name: 'Protected SBIN MIS' })).toBeEnabled();
  });

  it('asks for at least one level before anything is sent', async () => {
    const { user, dialog } = await opened();
    await user.click(dialog.getByRole('button', { name: 'Protect' }));
    expect(dialog.getByText('give at least one level')).toBeVisible();
    expect(sentRequests('POST', '/position-exits')).toHaveLength(0);
  });

  it("shows the server's complaint under its field and stays open", async () => {
    const { user, dialog } = await opened();
    await user.type(dialog.getByRole('textbox', { name: 'Stop-loss' }), '99999');
    await user.click(dialog.getByRole('button', { name: 'Protect' }));
    expect(await dialog.findByText(/^99999 must lie below the price/)).toBeVisible();
    expect(dialog.getByRole('textbox', { name: 'Stop-loss' })).toHaveAttribute('aria-invalid', 'true');
  });

  it('withdraws running exits after a question', async () => {
    const { user, dialog, mock } = await opened();
    await user.type(dialog.getByRole('textbox', { name: 'Target' }), '2000');
    await user.click(dialog.getByRole('button', { name: 'Protect' }));
    await user.click(await screen.findByRole('button', { name: 'Withdraw exits of SBIN MIS' }));
    const question = within(await screen.findByRole('alertdialog'));
    await user.click(question.getByRole('button', { name: 'Withdraw exits' }));
    await expect.poll(() => screen.queryByRole('region', { name: 'Running exits' })).toBeNull();
    expect(mock.exits).toHaveLength(0);
  });

  it('offers no change once an exit is on its way', async () => {
    const { user, dialog, mock, queryClient } = await opened();
    await user.type(dialog.getByRole('textbox', { name: 'Target' }), '2000');
    await user.click(dialog.getByRole('button', { name: 'Protect' }));
    await screen.findByRole('region', { name: 'Running exits' });
    for (const exit of mock.exits) exit.status = 'exiting';
    await queryClient.invalidateQueries();
    await expect
      .poll(() => screen.getByRole('button', { name: 'Protected SBIN MIS' }).hasAttribute('disabled'))
      .toBe(true);
    expect(screen.getByRole('button', { name: 'Withdraw exits of SBIN MIS' })).toBeDisabled();
  });
});
