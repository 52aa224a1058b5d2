import { screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { CodeForm } from '@/features/setup-login/components/code-form';
import { LoginForm } from '@/features/setup-login/components/login-form';
import { ResetPage } from '@/features/setup-login/components/reset-page';
import { useSession } from '@/lib/session/bootstrap';
import { RESET_TOKEN } from '@/testing/desk/account';
import { MockDesk } from '@/testing/desk/mock-desk';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests } from '@/testing/server';

const PASSWORD = 'Practice#2026';

function Steps() {
  const { code_owed_until: owed, authenticated } = useSession();
  if (authenticated) return <p>inside</p>;
  return owed ? <CodeForm owedUntil={owed} /> : <LoginForm />;
}

function signedOut(hasFactor: boolean) {
  const behind = resetDesk(MockDesk.inUse());
  behind.isSignedIn = false;
  behind.credentials.factor.enabled = hasFactor;
  return behind;
}

async function password(user: ReturnType<typeof renderInDesk>['user'], text: string) {
  await user.type(await screen.findByLabelText('Username'), 'trader');
  await user.type(screen.getByLabelText('Password'), `${text}{Enter}`);
}

describe('signing in', () => {
  it('asks for a code after the password, and is in after the right one', async () => {
    signedOut(true);
    const { user } = renderInDesk(<Steps />);
    await password(user, PASSWORD);
    const code = await screen.findByLabelText('Code of your authenticator');
    expect(screen.getByText(/Your password counts for another [45]:\d\d/)).toBeVisible();
    await user.type(code, '000000{Enter}');
    expect(await screen.findByText('The code is wrong')).toBeVisible();
    expect(code).toHaveFocus();
    await user.type(code, '123 456{Enter}');
    expect(await screen.findByText('inside')).toBeVisible();
    expect(sentRequests('POST', '/login/code').map(({ body }) => body)).toEqual([
      { code: '000000' },
      { code: '123456' },
    ]);
  });

  it('takes a recovery code in its place, and starts over on request', async () => {
    signedOut(true);
    const { user } = renderInDesk(<Steps />);
    await password(user, PASSWORD);
    await user.click(await screen.findByRole('button', { name: 'Start over' }));
    await password(user, PASSWORD);
    await user.click(await screen.findByRole('button', { name: 'Use a recovery code' }));
    await user.type(screen.getByLabelText('Recovery code'), 'AAAAAA-BBBBBB-CCCCCC-000000{Enter}');
    expect(await screen.findByText('inside')).toBeVisible();
  });

  it('counts a lock down and lets nobody knock meanwhile', async () => {
    const behind = signedOut(false);
    behind.credentials.wrong = 5;
    const { user } = renderInDesk(<Steps />);
    await password(user, 'wrong');
    expect(await screen.findByText('Too many wrong attempts. You can try again in')).toBeVisible();
    expect(screen.getByText(/^(1:00|0:59)$/)).toBeVisible();
    expect(screen.getByRole('button', { name: 'Sign in' })).toBeDisabled();
  });
});

describe('a forgotten password', () => {
  afterEach(() => history.replaceState(null, '', '/'));

  it('is replaced by the link of a mail, whose token leaves the address bar', async () => {
    const behind = signedOut(false);
    history.replaceState(null, '', `/reset-password#${RESET_TOKEN}`);
    const { user } = renderInDesk(<ResetPage />);
    expect(await screen.findByText('For the user trader.')).toBeVisible();
    expect(location.hash).toBe('');
    await user.type(screen.getByLabelText('New password'), 'Monsoon7');
    await user.click(screen.getByRole('button', { name: 'Set the password' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('needs one of !@#$%^&*');
    await user.type(screen.getByLabelText('New password'), '!');
    await user.click(screen.getByRole('button', { name: 'Set the password' }));
    expect(await screen.findByText('Your password is changed. Every browser was signed out.')).toBeVisible();
    expect(behind.password).toBe('Monsoon7!');
  });

  it('says when a link is over', async () => {
    signedOut(false);
    history.replaceState(null, '', `/reset-password#${'0'.repeat(64)}`);
    renderInDesk(<ResetPage />);
    expect(await screen.findByText(/The link has expired or was used before/)).toBeVisible();
  });

  it('is asked for by mail, or takes authenticator and recovery code together', async () => {
    signedOut(false);
    const { user } = renderInDesk(<ResetPage />);
    await user.type(await screen.findByLabelText('E-mail'), 'ada@example.com{Enter}');
    expect(await screen.findByText(/a link is on its way/)).toBeVisible();
    await user.click(screen.getByRole('radio', { name: 'By authenticator' }));
    await user.type(await screen.findByLabelText('Username'), 'trader');
    await user.type(screen.getByLabelText('Code of your authenticator'), '123456');
    await user.type(screen.getByLabelText('Recovery code'), 'AAAAAA');
    await user.type(screen.getByLabelText('New password'), 'Monsoon7!{Enter}');
    expect(await screen.findByText('Your password is changed. Every browser was signed out.')).toBeVisible();
  });

  it('names the operator where no mail is sent', async () => {
    signedOut(false).credentials.canMail = false;
    renderInDesk(<ResetPage />);
    expect(await screen.findByText('app.py account reset-link')).toBeVisible();
    await waitFor(() => expect(screen.queryByRole('radio')).toBeNull());
  });
});
