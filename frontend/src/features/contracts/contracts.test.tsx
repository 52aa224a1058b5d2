import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { ContractMasters } from '@/features/contracts/components/contract-masters';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests } from '@/testing/server';

it('says of each broker how many contracts there are, and loads them through a connected account only', async () => {
  const behind = resetDesk();
  behind.addAccount('zerodha', 'Main');
  const { user } = renderInDesk(<ContractMasters />);
  expect(await screen.findAllByText(/28,650 contracts/)).toHaveLength(2);
  expect(screen.getAllByLabelText('Contracts by exchange')[0]).toHaveTextContent('NFO18,124');
  const [practice, real] = screen.getAllByRole('button', { name: 'Load now' });
  expect(real).toBeDisabled();
  expect(screen.getByText('Connect an account of this broker to load its contracts.')).toBeVisible();
  if (practice) await user.click(practice);
  expect(sentRequests('POST', '/accounts/1/contracts')).toHaveLength(1);
});
