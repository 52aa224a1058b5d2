import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { Position } from '@/features/positions/api/get-positions';
import { NetGreeks } from '@/features/positions/components/net-greeks';
import { serveOptions } from '@/testing/options-server';
import { renderInDesk } from '@/testing/render';
import { resetDesk } from '@/testing/server';

const held = (symbol: string, quantity: number) =>
  ({ symbol, exchange: 'NFO', product: 'NRML', quantity }) as Position;

it('says what options that are held answer to, together', async () => {
  serveOptions(resetDesk());
  const positions = [held('NIFTY24DEC2625050CE', 75), held('NIFTY24DEC2625000PE', -75)];
  const { container } = renderInDesk(<NetGreeks positions={positions} />);
  expect(await screen.findByText('Net Greeks')).toBeInTheDocument();
  expect(container).toHaveTextContent(/Delta \+1\.50.*Gamma −0\.02.*Theta \+310\.00.*Vega −240\.00/);
});
