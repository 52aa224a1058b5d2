import { screen, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { GttBook } from '@/features/gtts/components/gtt-book';
import { MockDesk } from '@/testing/desk/mock-desk';
import type { MockGtt } from '@/testing/desk/shapes';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests, server } from '@/testing/server';

function waiting(id: string, changes: Partial<MockGtt> = {}): MockGtt {
  return {
    trigger_id: id,
    trigger_type: 'single',
    status: 'active',
    symbol: 'SBIN',
    exchange: 'NSE',
    trigger_prices: [600],
    last_price: 700,
    legs: [{ action: 'SELL', quantity: 10, price: 599, pricetype: 'LIMIT', product: 'CNC' }],
    strategy: 'swing',
    created_at: '2026-11-20 09:20:00',
    updated_at: '2026-11-20 09:20:00',
    expires_at: '2027-11-20 09:20:00',
    margin_blocked: 0,
    held_by: 'gateway',
    triggered_order_id: null,
    reason: '',
    ...changes,
  };
}

async function shown(rows: MockGtt[], desk = resetDesk(), address = '/gtt') {
  desk.gtts = rows;
  const view = renderInDesk(<GttBook />, address);
  await screen.findByRole('table', { name: 'GTT orders' });
  return view;
}

async function newDialog(desk = resetDesk()) {
  const view = await shown([waiting('G1')], desk);
  await view.user.click(screen.getByRole('button', { name: 'New GTT' }));
  const dialog = await screen.findByRole('dialog');
  await view.user.type(within(dialog).getByRole('combobox', { name: 'Instrument' }), 'SBIN');
  const [option] = await within(dialog).findAllByRole('option', { name: /^SBIN/ });
  if (!option) throw new Error('SBIN is not offered');
  await view.user.click(option);
  const quantity = await within(dialog).findByRole('textbox', { name: 'Quantity' });
  await expect.poll(() => quantity.getAttribute('value')).toBe('1');
  return { ...view, dialog, desk };
}

describe('the GTT book', () => {
  it('tells who holds each GTT, what it watches and what it orders', async () => {
    await shown([
      waiting('G1'),
      waiting('G2', {
        trigger_type: 'two-leg',
        held_by: 'broker',
        trigger_prices: [600, 800],
        legs: [
          { action: 'SELL', quantity: 5, price: 599, pricetype: 'LIMIT', product: 'CNC' },
          { action: 'SELL', quantity: 5, price: 801, pricetype: 'LIMIT', product: 'CNC' },
        ],
      }),
    ]);
    expect(screen.getByText('OpenAlgo')).toHaveAttribute('title', expect.stringContaining('only while'));
    expect(screen.getByText('broker')).toBeVisible();
    expect(screen.getByText('600.00 / 800.00')).toBeVisible();
    expect(screen.getByText('599.00 / 801.00')).toBeVisible();
  });

  it('shows finished ones on demand, with the reason and no way to change them', async () => {
    const rejected = waiting('G3', { status: 'rejected', reason: 'Insufficient funds' });
    await shown([rejected], resetDesk(), '/gtt?status=all');
    expect(screen.getByText('Insufficient funds')).toBeVisible();
    expect(screen.queryByRole('button', { name: 'Withdraw GTT G3' })).not.toBeInTheDocument();
  });

  it('withdraws one', async () => {
    const { user } = await shown([waiting('G1')]);
    await user.click(screen.getByRole('button', { name: 'Withdraw GTT G1' }));
    expect(await screen.findByText('No GTT waits')).toBeVisible();
    expect(sentRequests('DELETE', '/gtts/G1')).toHaveLength(1);
  });

  it('says that the book cannot be read instead of showing an empty one', async () => {
    resetDesk();
    server.use(
      http.get('*/ui/api/gtts', () =>
        HttpResponse.json({ status: 'error', message: 'The broker does not answer' }, { status: 502 }),
      ),
    );
    renderInDesk(<GttBook />, '/gtt');
    expect(await screen.findByText('The broker does not answer')).toBeVisible();
    expect(screen.queryByText('No GTT waits')).not.toBeInTheDocument();
  });
});

describe('the GTT dialog', () => {
  it('sets a single one and says who holds it', async () => {
    const { user, dialog } = await newDialog();
    await user.type(within(dialog).getByRole('textbox', { name: 'Falls to' }), '100');
    await user.type(within(dialog).getByRole('textbox', { name: 'Then order at' }), '99');
    await user.click(within(dialog).getByRole('button', { name: 'Set PRACTICE GTT' }));
    expect(await screen.findByText(/^GTT set: BUY 1 SBIN/)).toBeVisible();
    expect(screen.getByText(/fires only while OpenAlgo runs/)).toBeVisible();
    expect(sentRequests('POST', '/gtts')[0]?.body).toEqual({
      symbol: 'SBIN',
      exchange: 'NSE',
      action: 'BUY',
      product: 'CNC',
      quantity: 1,
      pricetype: 'LIMIT',
      trigger_type: 'SINGLE',
      triggerprice_sl: 100,
      price: 99,
      client_order_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('sends both legs of an OCO, at market without prices', async () => {
    const { user, dialog } = await newDialog();
    await user.click(within(dialog).getByRole('radio', { name: 'Either (OCO)' }));
    await user.click(within(dialog).getByRole('radio', { name: 'MARKET' }));
    await user.type(within(dialog).getByRole('textbox', { name: 'Falls to' }), '100');
    await user.type(within(dialog).getByRole('textbox', { name: 'Rises to' }), '99999');
    await user.click(within(dialog).getByRole('button', { name: 'Set PRACTICE GTT' }));
    await expect.poll(() => sentRequests('POST', '/gtts')).toHaveLength(1);
    expect(sentRequests('POST', '/gtts')[0]?.body).toMatchObject({
      trigger_type: 'OCO',
      pricetype: 'MARKET',
      triggerprice_sl: 100,
      triggerprice_tg: 99999,
    });
    expect(sentRequests('POST', '/gtts')[0]?.body).not.toHaveProperty('stoploss');
  });

  it('stops what is missing before it is sent, and never offers intraday', async () => {
    const { user, dialog } = await newDialog();
    expect(within(dialog).queryByRole('radio', { name: 'MIS' })).not.toBeInTheDocument();
    await user.click(within(dialog).getByRole('button', { name: 'Set PRACTICE GTT' }));
    expect(within(dialog).getAllByText('is required')).toHaveLength(2);
    expect(sentRequests('POST', '/gtts')).toHaveLength(0);
  });

  it("puts the server's complaint under its own box", async () => {
    const { user, dialog } = await newDialog();
    await user.type(within(dialog).getByRole('textbox', { name: 'Falls to' }), '99999');
    await user.type(within(dialog).getByRole('textbox', { name: 'Then order at' }), '99');
    await user.click(within(dialog).getByRole('button', { name: 'Set PRACTICE GTT' }));
    expect(await within(dialog).findByText(/^must be below the last price/)).toBeVisible();
    expect(within(dialog).getByRole('textbox', { name: 'Falls to' })).toHaveAttribute('aria-invalid', 'true');
  });

  it('changes the terms of one that waits, and only what may change', async () => {
    const { user } = await shown([waiting('G1', { trigger_prices: [100], last_price: 700 })]);
    await user.click(screen.getByRole('button', { name: 'Change GTT G1' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByRole('radio', { name: 'Buy' })).toBeDisabled();
    expect(within(dialog).getByRole('radio', { name: 'Either (OCO)' })).toBeDisabled();
    const quantity = within(dialog).getByRole('textbox', { name: 'Quantity' });
    await user.clear(quantity);
    await user.type(quantity, '25{Enter}');
    await expect.poll(() => sentRequests('PUT', '/gtts/G1')).toHaveLength(1);
    expect(sentRequests('PUT', '/gtts/G1')[0]?.body).toMatchObject({ quantity: 25, triggerprice_sl: 100 });
  });

  it('calls a lost answer unknown and repeats under the same key', async () => {
    const keys: unknown[] = [];
    server.use(
      http.post('*/ui/api/gtts', async ({ request }) => {
        keys.push(((await request.json()) as { client_order_id: string }).client_order_id);
        return HttpResponse.error();
      }),
    );
    const { user, dialog } = await newDialog();
    await user.type(within(dialog).getByRole('textbox', { name: 'Falls to' }), '100');
    await user.type(within(dialog).getByRole('textbox', { name: 'Then order at' }), '99{Enter}');
    expect(await within(dialog).findByText('Outcome not known')).toBeVisible();
    await user.click(within(dialog).getByRole('button', { name: 'Set PRACTICE GTT' }));
    await expect.poll(() => keys.length).toBe(2);
    expect(keys[0]).toBe(keys[1]);
  });

  it('asks for the typed word before the first one with real money', async () => {
    const { user, dialog } = await newDialog(resetDesk(MockDesk.withRealMoney()));
    await user.type(within(dialog).getByRole('textbox', { name: 'Falls to' }), '100');
    await user.type(within(dialog).getByRole('textbox', { name: 'Then order at' }), '99');
    await user.click(within(dialog).getByRole('button', { name: 'Set LIVE GTT' }));
    expect(await within(dialog).findByText('type LIVE in capitals')).toBeVisible();
    expect(sentRequests('POST', '/gtts')).toHaveLength(0);
    await user.type(within(dialog).getByLabelText(/^First order with real money/), 'LIVE');
    await user.click(within(dialog).getByRole('button', { name: 'Set LIVE GTT' }));
    expect(await screen.findByText(/fires whether OpenAlgo runs or not/)).toBeVisible();
  });
});
