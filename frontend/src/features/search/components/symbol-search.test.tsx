import { screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { SymbolSearch } from '@/features/search/components/symbol-search';
import { renderInDesk } from '@/testing/render';
import { sentRequests } from '@/testing/server';

it('asks within the bounds of the address', async () => {
  renderInDesk(<SymbolSearch />, '/search?underlying=nifty&expiry=24DEC26&type=CE&low=25000&high=25100');
  expect(await screen.findByText('NIFTY24DEC2625050CE')).toBeVisible();
  expect(screen.getAllByRole('row').slice(1)).toHaveLength(3);
  expect(sentRequests('GET', '/search')[0]?.query).toEqual({
    underlying: 'NIFTY',
    expiry: '24DEC26',
    type: 'CE',
    strike_min: '25000',
    strike_max: '25100',
    limit: '200',
  });
});

it('offers the expiries of the underlying, and clears all bounds together', async () => {
  const { user, router } = renderInDesk(<SymbolSearch />, '/search?q=nifty&underlying=NIFTY&low=999999');
  await screen.findByRole('option', { name: '24DEC26' });
  await user.selectOptions(screen.getByRole('combobox', { name: 'Expiry' }), '24DEC26');
  expect(router.state.location.search).toBe('?q=nifty&underlying=NIFTY&low=999999&expiry=24DEC26');
  await user.click(await screen.findByRole('button', { name: 'Clear filters' }));
  await waitFor(() => expect(router.state.location.search).toBe('?q=nifty'));
});

it('asks nothing while there is nothing to look for', async () => {
  renderInDesk(<SymbolSearch />, '/search?type=CE');
  expect(await screen.findByText('Find any instrument')).toBeVisible();
  expect(sentRequests('GET', '/search')).toHaveLength(0);
});
