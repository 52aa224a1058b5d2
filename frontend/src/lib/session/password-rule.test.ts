import { expect, it } from 'vitest';
import { meets, type PasswordRule, strengthOf } from '@/lib/session/password-rule';

const RULE: PasswordRule = { shortest: 8, longest: 128, signs: '!@#', parts: [] };

it('judges what a browser can judge and leaves the rest to the server', () => {
  const judged = (id: string, password: string, username = 'ada') => meets(RULE, id, password, username);
  expect([judged('length', 'Aa1!aaa'), judged('length', 'Aa1!aaaa')]).toEqual([false, true]);
  expect([judged('case', 'aaaa'), judged('case', 'Äa')]).toEqual([false, true]);
  expect([judged('digit', 'a'), judged('digit', '1')]).toEqual([false, true]);
  expect([judged('sign', 'a?'), judged('sign', 'a#')]).toEqual([false, true]);
  expect([judged('username', 'xLOVELACEx', 'lovelace'), judged('username', 'adaada')]).toEqual([false, true]);
  expect(judged('common', 'Password@123')).toBeNull();
  expect(judged('of-a-later-version', 'x')).toBeNull();
});

it('calls long and varied passwords strong, and repeated signs weak', () => {
  expect(
    ['aaaaaaaaaaaaaaaa', 'Aa1!aaaa', 'Better-Horse10!', 'correct horse battery'].map(strengthOf),
  ).toEqual(['weak', 'weak', 'strong', 'strong']);
});
