import { type Answer, type Call, failure, success } from './answers.ts';
import type { MockDesk } from './mock-desk.ts';

export interface MockPasskey {
  id: number;
  name: string;
  created_at: string;
  last_used_at: string | null;
  is_synced: boolean;
  is_suspended: boolean;
}

const CHALLENGE = 'Y2hhbGxlbmdl';

function add(desk: MockDesk, { body }: Call): Answer {
  const passkey = {
    id: desk.passkeys.length + 1,
    name: String(body.name),
    created_at: '2026-11-20T04:12:00Z',
    last_used_at: null,
    is_synced: false,
    is_suspended: false,
  };
  desk.passkeys.push(passkey);
  return success(passkey);
}

export const PASSKEY_ROUTES = {
  'GET /passkeys': (desk: MockDesk) => success({ origin: desk.passkeyOrigin, passkeys: desk.passkeys }),
  'POST /passkeys': add,
  'POST /passkeys/begin': (desk: MockDesk, { body }: Call) =>
    body.password === desk.password
      ? success({
          challenge: CHALLENGE,
          rp: { id: 'localhost', name: 'OpenAlgo' },
          user: { id: 'dXNlcg', name: 'trader', displayName: 'trader' },
          pubKeyCredParams: [],
          excludeCredentials: [{ id: 'b2xk', type: 'public-key' }],
        })
      : failure(401, 'The password is wrong'),
  'PUT /passkeys/:id': (desk: MockDesk, { body }: Call, id: string) => {
    const passkey = desk.passkeys.find((one) => String(one.id) === id);
    return passkey
      ? success(Object.assign(passkey, { name: body.name }))
      : failure(404, 'There is no such passkey');
  },
  'DELETE /passkeys/:id': (desk: MockDesk, _call: Call, id: string) => {
    desk.passkeys = desk.passkeys.filter((one) => String(one.id) !== id);
    return success(null);
  },
};
