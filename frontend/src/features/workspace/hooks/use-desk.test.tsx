import { screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { useDesk } from '@/features/workspace/hooks/use-desk';
import { activeLayout, type Desk, FIRST_DESK, savedAs, withBook } from '@/features/workspace/model/desk';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests } from '@/testing/server';

const keptBy = (mock: ReturnType<typeof resetDesk>) => (mock.documents.layouts?.value ?? {}) as Partial<Desk>;

function Page() {
  const { desk, change, isLoaded } = useDesk();
  return (
    <>
      <p>{isLoaded ? activeLayout(desk).name : 'loading'}</p>
      <button type="button" onClick={() => change((now) => savedAs(now, 'Mine', 'x1'))}>
        save
      </button>
      <button type="button" onClick={() => change((now) => withBook(now, 'orders'))}>
        orders
      </button>
    </>
  );
}

it('opens as the server keeps it', async () => {
  resetDesk().documents.layouts = { version: 1, value: savedAs(FIRST_DESK, 'Evening', 'x1') };
  renderInDesk(<Page />);
  expect(await screen.findByText('Evening')).toBeVisible();
});

it('takes over what was kept before the server had documents', async () => {
  resetDesk().preferences.workspace = JSON.stringify(savedAs(FIRST_DESK, 'Evening', 'x1'));
  renderInDesk(<Page />);
  expect(await screen.findByText('Evening')).toBeVisible();
});

it('keeps changes in one save, with what was changed last', async () => {
  const mock = resetDesk();
  const { user } = renderInDesk(<Page />);
  await screen.findByText('Chart focus');
  await user.click(screen.getByRole('button', { name: 'save' }));
  await user.click(screen.getByRole('button', { name: 'orders' }));
  expect(screen.getByText('Mine')).toBeVisible();
  await waitFor(() => expect(keptBy(mock)).toMatchObject({ active: 'x1' }));
  expect(keptBy(mock).layouts?.at(-1)).toMatchObject({ id: 'x1', book: 'orders' });
  expect(sentRequests('PUT', '/preferences/documents/layouts')).toHaveLength(1);
});

it('keeps what was changed last when the page is left at once', async () => {
  const mock = resetDesk();
  const { user, unmount } = renderInDesk(<Page />);
  await screen.findByText('Chart focus');
  await user.click(screen.getByRole('button', { name: 'save' }));
  unmount();
  await waitFor(() => expect(keptBy(mock)).toMatchObject({ active: 'x1' }));
});
