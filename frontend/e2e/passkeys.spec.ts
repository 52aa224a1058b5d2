import { type CDPSession, expect, type Page, test } from '@playwright/test';
import { violationsOf } from './accessibility';
import { password } from './environment';

/** Passkeys of this machine belong to localhost, whichever loopback address the desk was opened at. */
const here = (baseURL: string | undefined) => (baseURL ?? '').replace('127.0.0.1', 'localhost');

/** An authenticator of Chromium's own (CDP WebAuthn): its user is verified, or is not. */
async function withAuthenticator(page: Page): Promise<{ cdp: CDPSession; authenticatorId: string }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, authenticatorId };
}

test('a passkey is added on the account page, opens the desk, and is removed', async ({
  browser,
  context,
  baseURL,
}) => {
  const own = await browser.newContext({ storageState: undefined, baseURL: here(baseURL) });
  // The session of the journey under the other name of this machine: a sign-in less to spend.
  await own.addCookies((await context.cookies()).map((one) => ({ ...one, domain: 'localhost' })));
  const page = await own.newPage();
  const { cdp, authenticatorId } = await withAuthenticator(page);
  await page.goto('/profile?section=security');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name of the device').fill('This laptop');
  await dialog.getByLabel('Your password').fill(password);
  expect(await violationsOf(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('list', { name: 'Passkeys' }).getByText('This laptop')).toBeVisible();
  expect((await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials).toHaveLength(1);

  await own.clearCookies();
  await page.goto('/login');
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('alert')).toHaveText('The device showed no passkey.');
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByLabel('Username')).toHaveCount(0);

  await page.goto('/profile?section=security');
  await page.getByRole('button', { name: 'Remove This laptop' }).click();
  await page.getByRole('button', { name: 'Remove passkey' }).click();
  await expect(page.getByRole('list', { name: 'Passkeys' })).toHaveCount(0);
  await own.close();
});
