import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { useOpenSession } from '@/lib/session/actions';
import { useChooseLanguage } from '@/lib/session/language';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests, server } from '@/testing/server';

const { opened } = vi.hoisted(() => ({ opened: vi.fn() }));
vi.mock('@/messages/words', async (real) => ({ ...(await real<object>()), openIn: opened }));

function Buttons() {
  const signIn = useOpenSession('/login');
  const choose = useChooseLanguage();
  return (
    <>
      <button type="button" onClick={() => signIn.mutate({ username: 'trader', password: 'Practice#2026' })}>
        Sign in
      </button>
      <button type="button" onClick={() => choose.mutate('hi')}>
        हिन्दी
      </button>
      {signIn.isSuccess && <p>signed in</p>}
    </>
  );
}

beforeEach(() => opened.mockClear());

async function signIn() {
  const { user } = renderInDesk(<Buttons />);
  await user.click(await screen.findByRole('button', { name: 'Sign in' }));
  expect(await screen.findByText('signed in')).toBeVisible();
}

describe('the language of a user', () => {
  it('is kept with the user, then the desk is opened in it', async () => {
    const { user } = renderInDesk(<Buttons />);
    await user.click(await screen.findByRole('button', { name: 'हिन्दी' }));
    await waitFor(() => expect(opened).toHaveBeenCalledExactlyOnceWith('hi'));
    expect(sentRequests('PUT', '/preferences/documents/language')[0]?.body).toEqual({ value: 'hi' });
  });

  it('stays as it is, and says so, when it could not be kept', async () => {
    server.use(
      http.put('*/ui/api/preferences/documents/language', () =>
        HttpResponse.json({ status: 'error', message: 'database is locked' }, { status: 500 }),
      ),
    );
    const { user } = renderInDesk(<Buttons />);
    await user.click(await screen.findByRole('button', { name: 'हिन्दी' }));
    expect(await screen.findByText('The language was not changed')).toBeVisible();
    expect(opened).not.toHaveBeenCalled();
  });

  it('is the one of the server after the next sign-in', async () => {
    resetDesk().documents.language = { version: 1, value: 'hi' };
    await signIn();
    expect(opened).toHaveBeenCalledExactlyOnceWith('hi');
  });

  it.each([undefined, 'ta', ''])('is the one of the browser when the server has %o', async (saved) => {
    if (saved !== undefined) resetDesk().documents.language = { version: 1, value: saved };
    await signIn();
    expect(opened).not.toHaveBeenCalled();
  });

  it('keeps nobody out when it cannot be read', async () => {
    server.use(http.get('*/ui/api/preferences/documents', () => HttpResponse.error()));
    await signIn();
    expect(opened).not.toHaveBeenCalled();
  });
});
