import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { AccountSection } from '@/features/account/components/account-section';
import { MailSection } from '@/features/account/components/mail-section';
import { SecuritySection } from '@/features/account/components/security-section';
import { deviceName } from '@/features/account/hooks/device';
import { eventWords } from '@/features/account/hooks/event-words';
import { bootstrapQuery } from '@/lib/session/bootstrap';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests } from '@/testing/server';

const PASSWORD = 'Practice#2026';

describe('the security section', () => {
  it('turns the second step on in three steps and lets nobody go who has not kept the codes', async () => {
    const behind = resetDesk();
    const { user } = renderInDesk(<SecuritySection />);
    await user.click(await screen.findByRole('button', { name: 'Turn on' }));
    const dialog = await screen.findByRole('dialog');
    await user.type(within(dialog).getByLabelText('Your password'), 'wrong{Enter}');
    expect(await within(dialog).findByText('The password is wrong')).toBeVisible();
    await user.clear(within(dialog).getByLabelText('Your password'));
    await user.type(within(dialog).getByLabelText('Your password'), `${PASSWORD}{Enter}`);
    expect(await within(dialog).findByRole('img', { name: /QR code/ })).toBeVisible();
    expect(within(dialog).getByLabelText('Secret')).toHaveTextContent('JBSW Y3DP EHPK 3PXP');
    await user.type(within(dialog).getByLabelText('Code of your authenticator'), '000000{Enter}');
    expect(await within(dialog).findByText('The code is wrong')).toBeVisible();
    expect(behind.credentials.factor.enabled).toBe(false);
    await user.type(within(dialog).getByLabelText('Code of your authenticator'), '123 456{Enter}');
    const codes = await within(dialog).findByRole('list', { name: 'Recovery codes' });
    expect(within(codes).getAllByRole('listitem')).toHaveLength(10);
    await user.keyboard('{Escape}');
    expect(within(dialog).getByRole('button', { name: 'Done' })).toBeDisabled();
    await user.click(within(dialog).getByLabelText('I have kept the codes in a safe place'));
    await user.click(within(dialog).getByRole('button', { name: 'Done' }));
    expect(await screen.findByText('10 recovery codes left')).toBeVisible();
  });

  it('names every signed-in browser, marks this one, and signs out one or all others', async () => {
    resetDesk();
    const { user } = renderInDesk(<SecuritySection />);
    const own = await screen.findByRole('row', { name: /Chrome on Linux ?this browser/ });
    expect(within(own).queryByRole('button')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Sign out Safari on iPhone' }));
    expect(await screen.findByText('Safari on iPhone was signed out')).toBeVisible();
    expect(sentRequests('DELETE', '/sessions/2')).toHaveLength(1);
    await user.click(screen.getByRole('button', { name: 'Sign out all others' }));
    const dialog = await screen.findByRole('alertdialog');
    await user.click(within(dialog).getByRole('button', { name: 'Sign out all others' }));
    expect(await screen.findByText('1 browser was signed out')).toBeVisible();
  });
});

describe('the account section', () => {
  async function shown() {
    resetDesk();
    const desk = renderInDesk(<AccountSection />);
    await desk.queryClient.ensureQueryData(bootstrapQuery);
    await screen.findByLabelText('Present password');
    return desk;
  }

  it('changes the password, says how many browsers it ended, and keeps refusals in the server words', async () => {
    const { user } = await shown();
    await user.type(screen.getByLabelText('Present password'), PASSWORD);
    await user.type(screen.getByLabelText('New password'), 'Trader2026');
    expect(screen.getByText('must not contain the username').closest('li')).toHaveTextContent('not met');
    await user.click(screen.getByRole('button', { name: 'Change password' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('needs one of !@#$%^&*');
    await user.type(screen.getByLabelText('New password'), '!x');
    await user.click(screen.getByRole('button', { name: 'Change password' }));
    expect(await screen.findByText('2 other browsers were signed out')).toBeVisible();
  });

  it('saves another name against the password only', async () => {
    const { user } = await shown();
    await user.clear(screen.getByLabelText('Username'));
    await user.type(screen.getByLabelText('Username'), 'ada');
    await user.click(screen.getByRole('button', { name: 'Save name and e-mail' }));
    expect(sentRequests('PUT', '/profile')).toHaveLength(0);
    await user.type(screen.getByLabelText('Your password'), PASSWORD);
    await user.click(screen.getByRole('button', { name: 'Save name and e-mail' }));
    expect(await screen.findByText('Name and e-mail are saved')).toBeVisible();
    expect(screen.getByLabelText('Username')).toHaveValue('ada');
  });
});

it('sets the mail server, never shows its password, and tries it', async () => {
  resetDesk();
  const { user } = renderInDesk(<MailSection />);
  await user.type(await screen.findByLabelText('Host'), 'mail.example.com');
  await user.type(screen.getByLabelText('Sender address'), 'desk');
  await user.click(screen.getByRole('button', { name: 'Save mail server' }));
  expect(await screen.findByText('is not an e-mail address')).toBeVisible();
  await user.type(screen.getByLabelText('Sender address'), '@example.com');
  await user.type(screen.getByLabelText('Password at the server'), 'secret');
  await user.click(screen.getByRole('button', { name: 'Save mail server' }));
  expect(await screen.findByText('Stored encrypted; empty keeps it')).toBeVisible();
  expect(screen.getByLabelText('Password at the server')).toHaveValue('');
  await user.click(screen.getByRole('button', { name: 'Send a test message' }));
  expect(await screen.findByText('A test message went to trader@example.test')).toBeVisible();
});

describe('words', () => {
  it('names devices and shows what nobody knows as it is', () => {
    expect(deviceName('Mozilla/5.0 (Windows NT 10.0) Chrome/1 Safari/1 Edg/1')).toBe('Edge on Windows');
    expect(deviceName('curl/8.9')).toBe('curl/8.9');
    expect(deviceName('')).toBe('unknown device');
  });

  it('says events of later versions as they came', () => {
    expect(eventWords({ kind: 'signed_in' })).toBe('Signed in');
    expect(eventWords({ kind: 'moon_landed' })).toBe('moon landed');
  });
});
