import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { ApiKeyPanel } from '@/features/apikey/components/api-key-panel';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests } from '@/testing/server';

const shown = () => screen.findByRole('status', { name: 'API key' });

it('is masked until the password is given', async () => {
  const { user } = renderInDesk(<ApiKeyPanel />);
  expect(await shown()).toHaveTextContent('••••');
  await user.click(screen.getByRole('button', { name: 'Show' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('Password'), 'wrong{Enter}');
  expect(await within(dialog).findByText('password: is wrong')).toBeVisible();
  await user.clear(within(dialog).getByLabelText('Password'));
  await user.type(within(dialog).getByLabelText('Password'), 'Practice#2026{Enter}');
  expect(await screen.findByText(/^oa-4c1d/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Hide' }));
  expect(await shown()).toHaveTextContent('••••');
});

it('is replaced only after a confirmation', async () => {
  const { user } = renderInDesk(<ApiKeyPanel />);
  await user.click(await screen.findByRole('button', { name: 'Replace' }));
  const dialog = await screen.findByRole('alertdialog');
  expect(sentRequests('POST', '/apikey')).toHaveLength(0);
  await user.click(within(dialog).getByRole('button', { name: 'Replace key' }));
  expect(await screen.findByText(/^oa-0123/)).toBeVisible();
});

it('is created where there is none', async () => {
  resetDesk().apiKey = null;
  const { user } = renderInDesk(<ApiKeyPanel />);
  await user.click(await screen.findByRole('button', { name: 'Create API key' }));
  expect(await screen.findByText(/^oa-0123/)).toBeVisible();
});
