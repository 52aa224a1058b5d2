import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { BrokerDesk } from '@/features/broker/components/broker-desk';
import { renderInDesk } from '@/testing/render';
import { resetDesk } from '@/testing/server';

async function matrix() {
  resetDesk();
  const { user } = renderInDesk(<BrokerDesk />, '/broker');
  return { user, grid: await screen.findByRole('region', { name: 'Broker matrix' }) };
}

describe('the broker matrix', () => {
  it('tells native, made, absent and unproven apart', async () => {
    const { grid } = await matrix();
    const zerodha = within(grid).getByRole('row', { name: /Zerodha/ });
    expect(zerodha).toHaveTextContent('31native · 31 cases');
    expect(zerodha).toHaveTextContent('~1made from other calls · 1 case');
    expect(zerodha).toHaveTextContent('–absent');
    const practice = within(grid).getByRole('row', { name: /Practice Exchange/ });
    expect(practice).toHaveTextContent('yesnative');
    expect(within(grid).queryByText('Samco')).not.toBeInTheDocument();
  });

  it('opens limits and evidence of a broker', async () => {
    const { user, grid } = await matrix();
    await user.click(within(grid).getByRole('button', { name: 'Limits and evidence of Zerodha' }));
    const facts = await screen.findByRole('dialog', { name: 'Zerodha' });
    expect(facts).toHaveTextContent('order 10/s, 200/min · quote 1/s');
    expect(facts).toHaveTextContent('1m 60 d · D 2000 d');
    expect(facts).toHaveTextContent('3 × 3000 contracts');
    expect(facts).toHaveTextContent('SINGLE OCO');
    const orders = within(facts).getByText('vendor documentation, recorded payloads').closest('li');
    expect(orders).toHaveTextContent('verified');
    expect(facts).toHaveTextContent('not verified');
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  });
});
