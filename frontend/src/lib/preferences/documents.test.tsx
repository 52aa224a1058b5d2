import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { usePreference } from '@/lib/preferences/documents';
import { z } from '@/lib/schema';
import { renderInDesk } from '@/testing/render';
import { resetDesk, server } from '@/testing/server';

const schema = z.enum(['dark', 'light']);

function Theme() {
  const { value, save, isLoaded } = usePreference('theme', schema, 'dark', 'The theme was not saved');
  return (
    <button type="button" onClick={() => save(value === 'dark' ? 'light' : 'dark')}>
      {isLoaded ? value : 'loading'}
    </button>
  );
}

it('shows what the server keeps, and keeps what is saved', async () => {
  const desk = resetDesk();
  desk.documents.theme = { version: 3, value: 'light' };
  const { user } = renderInDesk(<Theme />);
  await user.click(await screen.findByRole('button', { name: 'light' }));
  expect(screen.getByRole('button')).toHaveTextContent('dark');
  await waitFor(() => expect(desk.documents.theme).toEqual({ version: 4, value: 'dark' }));
});

it('stands on its fallback for what was never kept and for what it cannot read', async () => {
  resetDesk().documents.theme = { version: 1, value: { colour: 'pink' } };
  renderInDesk(<Theme />);
  expect(await screen.findByRole('button', { name: 'dark' })).toBeVisible();
});

it('takes a refused value back with a word', async () => {
  resetDesk();
  server.use(
    http.put('*/ui/api/preferences/documents/theme', () =>
      HttpResponse.json({ status: 'error', message: 'disk is full' }, { status: 500 }),
    ),
  );
  const { user } = renderInDesk(<Theme />);
  await user.click(await screen.findByRole('button', { name: 'dark' }));
  expect(await screen.findByText('The theme was not saved')).toBeVisible();
  expect(screen.getByRole('button', { name: 'dark' })).toBeVisible();
});
