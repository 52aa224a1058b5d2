import { beforeEach, expect, it } from 'vitest';
import { openTicket, useTicket } from '@/stores/ticket';

beforeEach(() => useTicket.setState({ request: null, opening: 0, last: null, remembered: {} }));

it('opens afresh even for the same request', () => {
  openTicket({ symbol: 'SBIN', exchange: 'NSE', action: 'BUY' });
  openTicket({ symbol: 'SBIN', exchange: 'NSE', action: 'BUY' });
  expect(useTicket.getState().opening).toBe(2);
  expect(useTicket.getState().last).toEqual({ symbol: 'SBIN', exchange: 'NSE' });
});

it('remembers the newest two hundred symbols and keeps nothing else in the browser', () => {
  for (let index = 0; index < 250; index += 1) {
    useTicket
      .getState()
      .remember({ symbol: `S${index}`, exchange: 'NSE' }, { product: 'MIS', quantity: index + 1 });
  }
  const { remembered } = useTicket.getState();
  expect(Object.keys(remembered)).toHaveLength(200);
  expect(remembered['NSE:S249']).toEqual({ product: 'MIS', quantity: 250 });
  expect(remembered['NSE:S0']).toBeUndefined();
  const stored = JSON.parse(localStorage.getItem('openalgo.ticket') ?? '{}');
  expect(Object.keys(stored.state).sort()).toEqual(['last', 'remembered']);
});
