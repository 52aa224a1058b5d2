import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { UsersSection } from '@/features/users/components/users-section';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests } from '@/testing/server';

const PASSWORD = 'Practice#2026';

async function shown() {
  resetDesk();
  const desk = renderInDesk(<UsersSection />);
  await screen.findByRole('row', { name: /meera/ });
  const act = async (name: string, what: string) => {
    await desk.user.click(screen.getByRole('button', { name: `Actions for ${name}` }));
    await desk.user.click(await screen.findByRole('menuitem', { name: what }));
    const dialog = await screen.findByRole('dialog');
    await desk.user.type(within(dialog).getByLabelText('Your password'), PASSWORD);
    await desk.user.click(within(dialog).getByRole('button', { name: what }));
    return dialog;
  };
  return { ...desk, act };
}

it('makes a user and shows the invitation once', async () => {
  const { user } = await shown();
  await user.click(screen.getByRole('button', { name: 'New user' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('Username'), 'arjun');
  await user.type(within(dialog).getByLabelText('E-mail'), 'arjun@example.test');
  await user.type(within(dialog).getByLabelText('Your password'), 'wrong');
  await user.click(within(dialog).getByRole('button', { name: 'Create user' }));
  expect(await within(dialog).findByText('The password is wrong')).toBeVisible();
  await user.clear(within(dialog).getByLabelText('Your password'));
  await user.type(within(dialog).getByLabelText('Your password'), PASSWORD);
  await user.click(within(dialog).getByRole('button', { name: 'Create user' }));
  expect(await screen.findByRole('status', { name: 'Invitation link' })).toHaveTextContent('#f00d');
  await user.click(screen.getByRole('button', { name: 'Done' }));
  expect(await screen.findByRole('row', { name: /arjun.*invited/ })).toBeVisible();
});

it('disables a user only against the password, and offers nothing else then', async () => {
  const { user, act } = await shown();
  await act('meera', 'Disable');
  expect(await screen.findByRole('row', { name: /meera.*disabled/ })).toBeVisible();
  expect(sentRequests('PUT', '/users/2')[0]?.body).toEqual({
    is_admin: false,
    is_disabled: true,
    password: PASSWORD,
  });
  await user.click(screen.getByRole('button', { name: 'Actions for meera' }));
  expect((await screen.findAllByRole('menuitem')).map((item) => item.textContent)).toEqual(['Enable']);
});

it('says why the last administrator stays one', async () => {
  const { act } = await shown();
  const dialog = await act('trader', 'Take the role of administrator');
  expect(
    await within(dialog).findByText('This is the last administrator: make another one first'),
  ).toBeVisible();
});

it('mails a link that it does not show', async () => {
  const { act } = await shown();
  await act('meera', 'Mail a link to a new password');
  expect(await screen.findByText('A link is on its way to meera@example.test')).toBeVisible();
  expect(screen.queryByRole('dialog')).toBeNull();
});
