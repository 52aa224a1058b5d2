import { type Answer, type Call, failure, refusal, success } from './answers.ts';
import type { MockDesk } from './mock-desk.ts';

const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const RIGHT_CODE = '123456';
export const RESET_TOKEN = 'ab'.repeat(32);
const RULE = {
  shortest: 8,
  longest: 128,
  signs: '!@#$%^&*',
  parts: [
    { id: 'length', text: 'must have 8 to 128 characters' },
    { id: 'case', text: 'needs an upper-case and a lower-case letter' },
    { id: 'digit', text: 'needs a digit' },
    { id: 'sign', text: 'needs one of !@#$%^&*' },
    { id: 'common', text: 'is one of the most common passwords' },
    { id: 'username', text: 'must not contain the username' },
  ],
};

/** What the sign-in side of the mock remembers. */
export class MockCredentials {
  factor = { enabled: false, since: null as string | null, recovery_codes_left: 0 };
  isEnrolling = false;
  owesCode = false;
  wrong = 0;
  canMail = true;
  sessions = [session(1, CHROME, true), session(2, PHONE, false), session(3, 'curl/8.9', false)];
  mail: Record<string, unknown> = { configured: false, has_password: false };
}

function session(id: number, device: string, current: boolean) {
  const at = '2026-11-20T04:12:00Z';
  return {
    id,
    device,
    current,
    ip_address: '203.0.113.7',
    created_at: at,
    last_seen_at: at,
    expires_at: '2026-11-20T22:00:00Z',
  };
}

/** Five wrong tries shut the door for a minute, as the server's does. */
function wrong(desk: MockDesk, message: string): Answer {
  desk.credentials.wrong += 1;
  return desk.credentials.wrong > 5
    ? failure(429, 'Too many wrong attempts. Try again in 1 minute', {
        code: 'SIGN_IN_LOCKED',
        retry_after: 60,
      })
    : failure(401, message, { code: 'INVALID_CREDENTIALS' });
}

export function signIn(desk: MockDesk, { body }: Call): Answer {
  if (body.username !== desk.user?.username || body.password !== desk.password)
    return wrong(desk, 'Invalid credentials');
  if (desk.credentials.factor.enabled) desk.credentials.owesCode = true;
  else desk.isSignedIn = true;
  return success(desk.bootstrap());
}

function enterCode(desk: MockDesk, { body }: Call, right: string): Answer {
  if (!desk.credentials.owesCode)
    return failure(401, 'It took too long: enter your password again', { code: 'SIGN_IN_AGAIN' });
  if (body.code !== right) return wrong(desk, 'The code is wrong');
  desk.credentials.owesCode = false;
  desk.isSignedIn = true;
  return success(desk.bootstrap());
}

function needsPassword(desk: MockDesk, body: Call['body'], then: () => Answer): Answer {
  return body.password === desk.password ? then() : wrong(desk, 'The password is wrong');
}

function codes(desk: MockDesk): Answer {
  desk.credentials.factor = { enabled: true, since: '2026-11-20T04:12:00Z', recovery_codes_left: 10 };
  return success({
    recovery_codes: Array.from({ length: 10 }, (_, index) => `AAAAAA-BBBBBB-CCCCCC-00000${index}`),
  });
}

function setPassword(desk: MockDesk, fresh: unknown, extra: object): Answer {
  if (!/[!@#$%^&*]/.test(String(fresh)))
    return refusal('The password needs one of !@#$%^&*', { password: ['needs one of !@#$%^&*'] });
  desk.password = String(fresh);
  return success(extra);
}

type Handler = (desk: MockDesk, call: Call, id: string) => Answer;

export const PUBLIC_ACCOUNT = [
  '/login/code',
  '/login/recovery',
  '/reset',
  '/reset/check',
  '/reset/password',
  '/reset/code',
  '/password-rule',
];

export const ACCOUNT_ROUTES: Record<string, Handler> = {
  'POST /login': signIn,
  'POST /login/code': (desk, call) => enterCode(desk, call, RIGHT_CODE),
  'POST /login/recovery': (desk, call) => enterCode(desk, call, 'AAAAAA-BBBBBB-CCCCCC-000000'),
  'DELETE /login/code': (desk) => {
    desk.credentials.owesCode = false;
    return success(desk.bootstrap());
  },
  'GET /password-rule': () => success(RULE),
  'GET /reset': (desk) => success({ by_mail: desk.credentials.canMail }),
  'POST /reset': () => success({ message: 'If the address belongs to a user, a link is on its way.' }),
  'POST /reset/check': (desk, { body }) =>
    body.token === RESET_TOKEN
      ? success({ username: desk.user?.username })
      : failure(404, 'The link has expired or was used before: ask for a new one', { code: 'RESET_EXPIRED' }),
  'POST /reset/password': (desk, { body }) => setPassword(desk, body.new_password, { ended_sessions: 1 }),
  'POST /reset/code': (desk, { body }) =>
    body.code === RIGHT_CODE
      ? setPassword(desk, body.new_password, { ended_sessions: 1 })
      : wrong(desk, 'Username, code or recovery code is wrong, or this user has no authenticator'),
  'GET /totp': (desk) => success(desk.credentials.factor),
  'POST /totp': (desk, { body }) =>
    needsPassword(desk, body, () =>
      success({
        secret: SECRET,
        uri: `otpauth://totp/OpenAlgo:trader?secret=${SECRET}&issuer=OpenAlgo`,
        qr_svg: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>',
        expires_at: '2026-11-20T04:22:00Z',
      }),
    ),
  'POST /totp/confirm': (desk, { body }) =>
    body.code === RIGHT_CODE ? codes(desk) : refusal('The code is wrong', { code: ['is wrong'] }),
  'POST /totp/recovery-codes': (desk, { body }) => needsPassword(desk, body, () => codes(desk)),
  'POST /totp/disable': (desk, { body }) =>
    needsPassword(desk, body, () => {
      desk.credentials.factor = { enabled: false, since: null, recovery_codes_left: 0 };
      return success(desk.credentials.factor);
    }),
  'GET /sessions': (desk) => success(desk.credentials.sessions),
  'DELETE /sessions': (desk) => {
    const ended = desk.credentials.sessions.filter((one) => !one.current).length;
    desk.credentials.sessions = desk.credentials.sessions.filter((one) => one.current);
    return success({ ended });
  },
  'DELETE /sessions/:id': (desk, _call, id) => {
    desk.credentials.sessions = desk.credentials.sessions.filter((one) => String(one.id) !== id);
    return success({});
  },
  'GET /security-events': () =>
    success([
      {
        kind: 'code_failed',
        ip_address: '198.51.100.9',
        device: PHONE,
        detail: null,
        created_at: '2026-11-20T04:10:00Z',
      },
      {
        kind: 'signed_in',
        ip_address: '203.0.113.7',
        device: CHROME,
        detail: null,
        created_at: '2026-11-20T04:05:00Z',
      },
    ]),
  'PUT /profile': (desk, { body }) =>
    needsPassword(desk, body, () => {
      if (desk.user) Object.assign(desk.user, { username: body.username, email: body.email });
      return success(desk.bootstrap());
    }),
  'POST /password': (desk, { body }) => {
    if (body.old_password !== desk.password) return wrong(desk, 'The password is wrong');
    return setPassword(desk, body.new_password, { ...desk.bootstrap(), ended_sessions: 2 });
  },
  'GET /mail': (desk) => success(desk.credentials.mail),
  'PUT /mail': (desk, { body }) => {
    if (!String(body.sender).includes('@'))
      return refusal('The sender is not an e-mail address', { sender: ['is not an e-mail address'] });
    const { password, ...shown } = body;
    desk.credentials.mail = { ...shown, configured: true, has_password: Boolean(password) };
    return success(desk.credentials.mail);
  },
  'DELETE /mail': (desk) => {
    desk.credentials.mail = { configured: false, has_password: false };
    return success(desk.credentials.mail);
  },
  'POST /mail/test': (desk) => success({ sent_to: desk.user?.email }),
  'GET /contracts/brokers': (desk) =>
    success(
      [...new Map(desk.accounts.map((one) => [one.broker, one])).values()].map((one) => ({
        broker: one.broker,
        broker_name: one.broker_name,
        status: 'success',
        message: '',
        is_ready: true,
        total: 28_650,
        counts: { BSE: 227, NFO: 18_124, NSE: 227 },
        loaded_at: '2026-11-20T02:45:00Z',
        age_seconds: 5400,
        duration_ms: 4500,
        is_due: false,
        due_reason: null,
        warnings: [],
        account_id: one.session.state === 'valid' ? one.id : null,
      })),
    ),
  'POST /accounts/:id/contracts': () => success({ status: 'downloading' }),
};
