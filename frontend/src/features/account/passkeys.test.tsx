import { screen, within } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { PasskeysPanel } from '@/features/account/components/passkeys-panel';
import { toBytes, toText } from '@/lib/session/passkeys';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests } from '@/testing/server';

/** What a device answers: bytes, as browsers hand them out. */
class Answered {
  readonly id = 'bmV3';
  readonly type = 'public-key';
  readonly response = {
    clientDataJSON: toBytes('Y2xpZW50').buffer,
    attestationObject: toBytes('YXR0ZXN0').buffer,
  };
}

const create = vi.fn<(options: CredentialCreationOptions) => Promise<unknown>>();

beforeEach(() => {
  create.mockReset();
  vi.stubGlobal('PublicKeyCredential', Answered);
  vi.stubGlobal('navigator', Object.assign(Object.create(navigator), { credentials: { create } }));
});

async function shown(origin: string | null = location.origin) {
  resetDesk().passkeyOrigin = origin;
  const desk = renderInDesk(<PasskeysPanel />);
  await screen.findByRole('heading', { name: 'Passkeys' });
  return desk;
}

it('keeps every byte between JSON and the device', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  expect(toBytes(toText(bytes.buffer) ?? '')).toEqual(bytes);
  expect(toText(null)).toBeNull();
});

it('adds a passkey: the question of the server to the device, its answer back', async () => {
  create.mockResolvedValue(new Answered());
  const { user } = await shown();
  await user.click(await screen.findByRole('button', { name: 'Add a passkey' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('Name of the device'), 'Laptop');
  await user.type(within(dialog).getByLabelText('Your password'), 'Practice#2026');
  await user.click(within(dialog).getByRole('button', { name: 'Continue' }));
  expect(await screen.findByText('Laptop')).toBeVisible();
  const asked = create.mock.calls[0]?.[0].publicKey?.challenge;
  expect(asked).toEqual(toBytes('Y2hhbGxlbmdl'));
  expect(sentRequests('POST', '/passkeys')[0]?.body).toMatchObject({
    name: 'Laptop',
    credential: { id: 'bmV3', response: { clientDataJSON: 'Y2xpZW50', attestationObject: 'YXR0ZXN0' } },
  });
});

it('says when the user turned the device down', async () => {
  create.mockRejectedValue(new DOMException('closed', 'NotAllowedError'));
  const { user } = await shown();
  await user.click(await screen.findByRole('button', { name: 'Add a passkey' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('Name of the device'), 'Laptop');
  await user.type(within(dialog).getByLabelText('Your password'), 'Practice#2026');
  await user.click(within(dialog).getByRole('button', { name: 'Continue' }));
  expect(await within(dialog).findByText('The device made no passkey.')).toBeVisible();
  expect(sentRequests('POST', '/passkeys')).toHaveLength(0);
});

it('says where passkeys work instead of offering one that cannot', async () => {
  await shown('https://desk.example.com');
  expect(await screen.findByText('Open the desk at https://desk.example.com to add one.')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Add a passkey' })).toBeNull();
});
