import { createHmac } from 'node:crypto';
import { type Browser, expect, type Page, test } from '@playwright/test';
import { violationsOf } from './accessibility';
import { password, user } from './environment';

const STEP_SECONDS = 30;
const OTHER = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const NEXT_PASSWORD = 'Monsoon-Ledger#7';

function unbase32(text: string): Buffer {
  const bits = [...text]
    .map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** The code of an authenticator (RFC 6238), `steps` time steps from now. */
function codeOf(secret: string, steps = 0): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / STEP_SECONDS) + steps));
  const digest = createHmac('sha1', unbase32(secret)).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function enterPassword(page: Page, text = password): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('Username').fill(user);
  await page.getByLabel('Password').fill(text);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** A browser of its own: what it does to sessions leaves those of other specs alone until the end. */
async function freshPage(browser: Browser, userAgent?: string): Promise<Page> {
  return (await browser.newContext({ storageState: undefined, ...(userAgent && { userAgent }) })).newPage();
}

async function turnOn(page: Page): Promise<{ secret: string; codes: string[] }> {
  await page.goto('/profile?section=security');
  await page.getByRole('button', { name: 'Turn on' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Your password').fill(password);
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await expect(dialog.getByRole('img', { name: 'QR code for your authenticator app' })).toBeVisible();
  const secret = ((await dialog.getByLabel('Secret').textContent()) ?? '').replaceAll(' ', '');
  expect(await violationsOf(page)).toEqual([]);
  await dialog.getByLabel('Code of your authenticator').fill(codeOf(secret));
  await dialog.getByRole('button', { name: 'Turn on' }).click();
  const listed = dialog.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await expect(listed).toHaveCount(10);
  const codes = await listed.allTextContents();
  await dialog.getByLabel('I have kept the codes in a safe place').check();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByText('10 recovery codes left')).toBeVisible();
  return { secret, codes };
}

async function changePassword(page: Page, from: string, to: string): Promise<void> {
  await page.goto('/profile?section=account');
  await page.getByLabel('Present password').fill(from);
  await page.getByLabel('New password').fill(to);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('The password is changed').first()).toBeVisible();
}

test('a second step is turned on and asked for, another browser is signed out, and the password changes', async ({
  browser,
}) => {
  const page = await freshPage(browser);
  await enterPassword(page);
  await expect(page).not.toHaveURL(/login/);
  const { secret, codes } = await turnOn(page);
  expect(new Set(codes).size).toBe(10);

  await page.getByRole('button', { name: 'Your account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/login/);
  await enterPassword(page);
  await expect(page.getByRole('heading', { name: 'Second step' })).toBeVisible();
  expect(await violationsOf(page)).toEqual([]);
  await page.getByLabel('Code of your authenticator').fill('000000');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('The code is wrong')).toBeVisible();
  // The code that turned it on is spent; the next one is good already.
  await page.getByLabel('Code of your authenticator').fill(codeOf(secret, 1));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).not.toHaveURL(/login/);

  const other = await freshPage(browser, OTHER);
  await enterPassword(other);
  await other.getByRole('button', { name: 'Use a recovery code' }).click();
  await other.getByLabel('Recovery code').fill(codes[0] ?? '');
  await other.getByRole('button', { name: 'Sign in' }).click();
  await expect(other).not.toHaveURL(/login/);

  await page.goto('/profile?section=security');
  await expect(page.getByText('9 recovery codes left')).toBeVisible();
  await page.getByRole('button', { name: 'Sign out Firefox on Windows' }).click();
  await expect(page.getByText('Firefox on Windows was signed out')).toBeVisible();
  await expect(other).toHaveURL(/login/);

  await changePassword(page, password, NEXT_PASSWORD);
  await page.goto('/profile?section=security');
  await page.getByRole('button', { name: 'Turn off' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Your password').fill(NEXT_PASSWORD);
  await dialog.getByLabel('Code of your authenticator, or a recovery code').fill(codes[1] ?? '');
  await dialog.getByRole('button', { name: 'Turn off' }).click();
  await expect(page.getByText('The second step is off')).toBeVisible();
  await changePassword(page, NEXT_PASSWORD, password);
});
