import { type Answer, type Call, failure, success } from './answers.ts';
import type { MockDesk } from './mock-desk.ts';

export interface MockUser {
  id: number;
  username: string;
  email: string;
  is_admin: boolean;
  is_disabled: boolean;
  is_invited: boolean;
  second_step: boolean;
  created_at: string;
  last_seen_at: string | null;
}

const makeUser = (id: number, terms: Partial<MockUser>): MockUser => ({
  id,
  username: 'trader',
  email: 'trader@example.test',
  is_admin: false,
  is_disabled: false,
  is_invited: false,
  second_step: false,
  created_at: '2026-11-20T04:12:00Z',
  last_seen_at: null,
  ...terms,
});

export const USER_SEED = (): MockUser[] => [
  makeUser(1, { is_admin: true, last_seen_at: '2026-11-20T04:12:00Z' }),
  makeUser(2, { username: 'meera', email: 'meera@example.test', second_step: true }),
];

const LINK = 'https://desk.example.test/reset-password#f00d';
const wrong = (desk: MockDesk, { body }: Call) =>
  body.password === desk.password ? null : failure(401, 'The password is wrong');

function create(desk: MockDesk, call: Call): Answer {
  const refused = wrong(desk, call);
  if (refused) return refused;
  const { username, email, is_admin } = call.body as unknown as MockUser;
  const user = makeUser(desk.users.length + 1, { username, email, is_admin, is_invited: true });
  desk.users.push(user);
  return success({ user, invitation: { mailed: false, link: LINK } });
}

function withUser(act: (user: MockUser, call: Call, desk: MockDesk) => Answer) {
  return (desk: MockDesk, call: Call, id: string): Answer => {
    const user = desk.users.find((one) => String(one.id) === id);
    return wrong(desk, call) ?? (user ? act(user, call, desk) : failure(404, 'There is no such user'));
  };
}

export const USER_ROUTES = {
  'GET /users': (desk: MockDesk) => success(desk.users),
  'POST /users': create,
  'PUT /users/:id': withUser((user, { body }, desk) => {
    const admins = desk.users.filter((one) => one.is_admin && !one.is_disabled);
    if (admins.length === 1 && admins[0] === user && (!body.is_admin || body.is_disabled))
      return failure(409, 'This is the last administrator: make another one first');
    return success(
      Object.assign(user, { is_admin: body.is_admin === true, is_disabled: body.is_disabled === true }),
    );
  }),
  'POST /users/:id/invite': withUser(() => success({ mailed: false, link: LINK })),
  'POST /users/:id/reset-password': withUser(() => success({ mailed: true, link: null })),
  'POST /users/:id/reset-second-step': withUser((user) => {
    user.second_step = false;
    return success({ had: true });
  }),
  'POST /users/:id/unlock': withUser(() => success({ opened: true })),
};
