import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { Drift } from '@/features/drift/api/get-drift';
import { DriftBook, said } from '@/features/drift/components/drift-book';
import { renderInDesk } from '@/testing/render';
import { resetDesk } from '@/testing/server';

function drift(changes: Partial<Drift> = {}): Drift {
  return {
    kind: 'position-differs',
    exchange: 'NSE',
    symbol: 'SBIN',
    product: 'MIS',
    orderid: null,
    tag: null,
    broker_says: { quantity: -50 },
    we_say: { quantity: -75, by_strategy: { orb: -75 } },
    explained_by: 'order 9 from elsewhere (+25)',
    explained: true,
    ...changes,
  };
}

async function shown(rows: Drift[], unread: Record<string, string> = {}) {
  const desk = resetDesk();
  desk.drift = { rows, unread };
  const view = renderInDesk(<DriftBook />, '/drift');
  return { ...view, desk };
}

describe('the drift report', () => {
  it('says what each side says and what explains it', async () => {
    await shown([drift()]);
    const row = await screen.findByRole('row', { name: /SBIN/ });
    expect(within(row).getByText('position differs')).toBeVisible();
    expect(within(row).getByText('quantity -50')).toBeVisible();
    expect(within(row).getByText('quantity -75')).toBeVisible();
    expect(within(row).getByText('order 9 from elsewhere (+25)')).toBeVisible();
    expect(screen.queryByText(/unexplained/)).toBeNull();
  });

  it('counts what nothing explains and names what could not be read', async () => {
    await shown([drift({ explained: false, explained_by: 'unexplained (+25)' })], {
      trades: 'no trade book',
    });
    expect(await screen.findByText('1 unexplained')).toBeVisible();
    expect(screen.getByText('trades not read')).toHaveAttribute('title', 'no trade book');
  });

  it('says so when the books agree, and compares again when asked', async () => {
    const { user, desk } = await shown([]);
    expect(await screen.findByText('Books agree')).toBeVisible();
    desk.drift = { rows: [drift()], unread: {} };
    await user.click(screen.getByRole('button', { name: 'Compare now' }));
    expect(await screen.findByText('position differs')).toBeVisible();
  });

  it('says nothing, missing and zero apart', () => {
    expect(said(null)).toBe('nothing');
    expect(said({ filled_quantity: 10, average_price: null })).toBe(
      'filled quantity 10, average price missing',
    );
    expect(said({ quantity: 0 })).toBe('quantity 0');
  });
});
