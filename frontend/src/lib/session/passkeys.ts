/** Passkeys between JSON, as the server speaks, and the bytes that browsers want (WebAuthn Level 3 §5.1.8–10). */

interface Described {
  id: string;
  type: PublicKeyCredentialType;
  transports?: AuthenticatorTransport[];
}

export interface CreationJson {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials?: Described[];
  [more: string]: unknown;
}

export interface RequestJson {
  challenge: string;
  allowCredentials?: Described[];
  [more: string]: unknown;
}

export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(raw, (sign) => sign.charCodeAt(0));
}

export function toText(bytes: ArrayBuffer | null): string | null {
  if (bytes === null) return null;
  const raw = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(raw).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

const described = (listed: Described[] = []) => listed.map((one) => ({ ...one, id: toBytes(one.id) }));

/** Whether this browser, at this address, makes and shows passkeys of `origin`. */
export function canUsePasskeys(origin: string | null): boolean {
  return origin !== null && origin === location.origin && typeof window.PublicKeyCredential === 'function';
}

function answer(credential: Credential | null, response: Record<string, string | null>) {
  if (!(credential instanceof PublicKeyCredential)) throw new Error('no passkey');
  const { id, type } = credential;
  return { id, rawId: id, type, response, clientExtensionResults: {} };
}

/** Has the device make a passkey; what the server is to be told. Raises DOMException when the user declines. */
export async function createPasskey(options: CreationJson) {
  const publicKey = {
    ...options,
    challenge: toBytes(options.challenge),
    user: { ...options.user, id: toBytes(options.user.id) },
    excludeCredentials: described(options.excludeCredentials),
  } as unknown as PublicKeyCredentialCreationOptions;
  const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential | null;
  const made = credential?.response as AuthenticatorAttestationResponse | undefined;
  return answer(credential, {
    clientDataJSON: toText(made?.clientDataJSON ?? null),
    attestationObject: toText(made?.attestationObject ?? null),
  });
}

/** Has the device show a passkey. Raises DOMException when the user declines. */
export async function showPasskey(options: RequestJson) {
  const publicKey = {
    ...options,
    challenge: toBytes(options.challenge),
    allowCredentials: described(options.allowCredentials),
  } as unknown as PublicKeyCredentialRequestOptions;
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential | null;
  const shown = credential?.response as AuthenticatorAssertionResponse | undefined;
  return answer(credential, {
    clientDataJSON: toText(shown?.clientDataJSON ?? null),
    authenticatorData: toText(shown?.authenticatorData ?? null),
    signature: toText(shown?.signature ?? null),
    userHandle: toText(shown?.userHandle ?? null),
  });
}

/** What went wrong at the device, in words; null when the user just closed its window. */
export function isDeclined(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError');
}
