import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { KeysPanel } from '@/features/apikey/components/keys-panel';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests } from '@/testing/server';

async function shown() {
  resetDesk();
  const desk = renderInDesk(<KeysPanel />);
  await screen.findByRole('row', { name: /default/ });
  return desk;
}

it('makes a key with what it may and its limits, and shows it once', async () => {
  const { user } = await shown();
  await user.click(screen.getByRole('button', { name: 'New key' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('Name'), 'robot');
  expect(within(dialog).queryByLabelText('Most units in one order')).toBeNull();
  await user.selectOptions(within(dialog).getByLabelText('It may'), 'trade');
  await user.type(within(dialog).getByLabelText('Only from these addresses'), '10.0.0.1, 10.1.0.0/16');
  await user.type(within(dialog).getByLabelText('Most units in one order'), '75');
  await user.type(within(dialog).getByLabelText('Last day'), '2026-12-31');
  await user.click(within(dialog).getByRole('button', { name: 'Create key' }));
  expect(await screen.findByRole('status', { name: 'New key' })).toHaveTextContent('f00df00d');
  expect(sentRequests('POST', '/keys')[0]?.body).toEqual({
    name: 'robot',
    scope: 'trade',
    order_mode: 'auto',
    addresses: ['10.0.0.1', '10.1.0.0/16'],
    expires_at: '2026-12-31T23:59:59+05:30',
    limits: { max_quantity: 75 },
  });
  await user.click(screen.getByRole('button', { name: 'I have kept it' }));
  expect(await screen.findByRole('row', { name: /robot/ })).toBeVisible();
  expect(document.body).not.toHaveTextContent('f00df00d');
});

it('says at its field what the server refuses, and what cannot be read', async () => {
  const { user } = await shown();
  await user.click(screen.getByRole('button', { name: 'New key' }));
  const dialog = await screen.findByRole('dialog');
  await user.selectOptions(within(dialog).getByLabelText('It may'), 'paper');
  await user.type(within(dialog).getByLabelText('Only in these hours'), 'mornings');
  await user.click(within(dialog).getByRole('button', { name: 'Create key' }));
  expect(sentRequests('POST', '/keys')).toHaveLength(0);
  expect(within(dialog).getByText('as 09:15-15:30, several with commas')).toBeVisible();
  await user.clear(within(dialog).getByLabelText('Only in these hours'));
  await user.click(within(dialog).getByRole('button', { name: 'Create key' }));
  expect(await within(dialog).findByText('must have 1 to 40 characters')).toBeVisible();
});

it('replaces a key with an overlap and revokes it only after a confirmation', async () => {
  const { user } = await shown();
  await user.click(screen.getByRole('button', { name: 'Replace default' }));
  await user.selectOptions(await screen.findByLabelText('The present key goes on for'), 'one week');
  await user.click(screen.getByRole('button', { name: 'Make the new key' }));
  expect(await screen.findByRole('status', { name: 'New key' })).toHaveTextContent('beefbeef');
  expect(sentRequests('POST', '/keys/1/rotate')[0]?.body).toEqual({ overlap_hours: 168 });
  await user.click(screen.getByRole('button', { name: 'I have kept it' }));
  expect(await screen.findByText(/^old key until/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Revoke default' }));
  const dialog = await screen.findByRole('alertdialog');
  expect(sentRequests('DELETE', '/keys/1')).toHaveLength(0);
  await user.click(within(dialog).getByRole('button', { name: 'Revoke key' }));
  expect(await screen.findByText('No API key yet')).toBeVisible();
});

it('changes what a key may and leaves an end that nobody touched', async () => {
  const { user } = await shown();
  await user.click(screen.getByRole('button', { name: 'Change default' }));
  const dialog = await screen.findByRole('dialog');
  await user.selectOptions(within(dialog).getByLabelText('It may'), 'read');
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(await screen.findByRole('row', { name: /default.*Read only/ })).toBeVisible();
  expect(sentRequests('PUT', '/keys/1')[0]?.body).toMatchObject({ scope: 'read', expires_at: null });
});
