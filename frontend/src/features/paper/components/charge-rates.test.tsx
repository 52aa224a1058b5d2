import { screen, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { ChargeRates } from '@/features/paper/components/charge-rates';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests, server } from '@/testing/server';

const STORED = {
  segment: 'option',
  since: '2026-04-01',
  exchange: 'BFO',
  exchange_fee: '0.0005',
  gst: null,
};

describe('charge rates', () => {
  it('adds a dated rate and sends only the figures that were typed', async () => {
    const { user } = renderInDesk(<ChargeRates />);
    const save = await screen.findByRole('button', { name: 'Save rates' });
    expect(save).toBeDisabled();
    await user.click(screen.getByRole('button', { name: 'Add a rate' }));
    const row = within(screen.getByRole('group', { name: 'Rate 1' }));
    await user.selectOptions(row.getByLabelText('Segment'), 'intraday');
    await user.type(row.getByLabelText('Since (empty: always)'), '2026-12-01');
    await user.type(row.getByLabelText('Brokerage, share'), '1');
    await user.type(row.getByLabelText('Brokerage at most, ₹'), '10');
    await user.click(save);
    expect(await screen.findByText('Charge rates saved')).toBeVisible();
    expect(sentRequests('PUT', '/sandbox/settings')[0]?.body).toEqual({
      values: {
        charge_rates: [
          { segment: 'intraday', since: '2026-12-01', brokerage_rate: '1', brokerage_cap: '10' },
        ],
      },
    });
    expect(save).toBeDisabled();
  });

  it('shows stored rates, changes one and takes one away', async () => {
    resetDesk().paper.values.charge_rates = [
      STORED,
      { segment: 'delivery', since: '2000-01-01', gst: '0.18' },
    ];
    const { user } = renderInDesk(<ChargeRates />);
    const first = within(await screen.findByRole('group', { name: 'Rate 1' }));
    expect(first.getByLabelText('Exchange')).toHaveValue('BFO');
    expect(first.getByLabelText('GST')).toHaveValue('');
    const second = within(screen.getByRole('group', { name: 'Rate 2' }));
    expect(second.getByLabelText('Since (empty: always)')).toHaveValue('');
    await user.clear(first.getByLabelText('Exchange fee'));
    await user.type(first.getByLabelText('Exchange fee'), '0.0004');
    await user.click(screen.getByRole('button', { name: 'Remove rate 2' }));
    await user.click(screen.getByRole('button', { name: 'Save rates' }));
    expect(await screen.findByText('Charge rates saved')).toBeVisible();
    expect(sentRequests('PUT', '/sandbox/settings')[0]?.body).toEqual({
      values: {
        charge_rates: [{ segment: 'option', since: '2026-04-01', exchange: 'BFO', exchange_fee: '0.0004' }],
      },
    });
  });

  it('sends no rate without a figure, nor one that is no number', async () => {
    const { user } = renderInDesk(<ChargeRates />);
    await user.click(await screen.findByRole('button', { name: 'Add a rate' }));
    await user.click(screen.getByRole('button', { name: 'Save rates' }));
    expect(await screen.findByText('Rate 1 needs at least one figure')).toBeVisible();
    await user.type(screen.getByLabelText('GST'), '18 %');
    expect(await screen.findByText('Rate 1 GST: must be a number')).toBeVisible();
    expect(sentRequests('PUT', '/sandbox/settings')).toHaveLength(0);
  });

  it('says what the server refused and keeps what was typed', async () => {
    const text = 'gst must lie between 0 and 1';
    server.use(
      http.put('*/ui/api/sandbox/settings', () =>
        HttpResponse.json(
          { status: 'error', message: `charge_rates: ${text}`, errors: { charge_rates: [text] } },
          { status: 400 },
        ),
      ),
    );
    const { user } = renderInDesk(<ChargeRates />);
    await user.click(await screen.findByRole('button', { name: 'Add a rate' }));
    await user.type(screen.getByLabelText('GST'), '18');
    await user.click(screen.getByRole('button', { name: 'Save rates' }));
    expect(await screen.findByText(text)).toBeVisible();
    expect(screen.getByLabelText('GST')).toHaveValue('18');
  });

  it('is read only for who is no administrator', async () => {
    const desk = resetDesk();
    if (desk.user) desk.user.is_admin = false;
    renderInDesk(<ChargeRates />);
    expect(await screen.findByRole('button', { name: 'Add a rate' })).toBeDisabled();
  });
});
