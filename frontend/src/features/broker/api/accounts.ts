import { type QueryClient, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { type Account, accountSchema } from '@/lib/session/schema';

/** Answers to a plug-in's form travel as text; the plug-in gives them their type. */
export type Answers = Record<string, string>;

export const accountsQuery = queryOptions({
  queryKey: queryKeys.accounts,
  queryFn: () => api.get('/accounts', z.array(accountSchema)),
  staleTime: 10_000,
});

const connectSchema = z.union([
  z.object({ redirect_url: z.url({ protocol: /^https?$/ }) }),
  z.object({ account: accountSchema }),
]);

/** Whatever belongs to an account may have changed with it: session, books, contracts. */
function refreshAll(client: QueryClient) {
  return Promise.all(
    [queryKeys.bootstrap, queryKeys.accounts, queryKeys.book, queryKeys.contracts].map((queryKey) =>
      client.invalidateQueries({ queryKey }),
    ),
  );
}

function useAccountMutation<Variables, Answer>(send: (variables: Variables) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: send, onSettled: () => refreshAll(client), gcTime: 0 });
}

const path = (account: Account, verb = '') => `/accounts/${encodeURIComponent(account.id)}${verb}`;

export function useCreateAccount() {
  return useAccountMutation((draft: { broker: string; label: string; credentials: Answers }) =>
    api.post('/accounts', accountSchema, draft),
  );
}

export function useUpdateAccount() {
  return useAccountMutation(
    ({ account, ...change }: { account: Account; label?: string; credentials?: Answers }) =>
      api.put(path(account), accountSchema, change),
  );
}

/** Signs in at the broker. A redirect kind answers the page the browser must visit, and the browser goes there. */
export function useConnectAccount() {
  return useAccountMutation(async ({ account, login }: { account: Account; login: Answers }) => {
    const answer = await api.post(path(account, '/connect'), connectSchema, login);
    if ('redirect_url' in answer) {
      location.assign(answer.redirect_url);
      return null;
    }
    return answer.account;
  });
}

export function useDisconnectAccount() {
  return useAccountMutation((account: Account) => api.post(path(account, '/disconnect'), z.unknown()));
}

export function useActivateAccount() {
  return useAccountMutation((account: Account) => api.post(path(account, '/activate'), z.unknown()));
}

export function useDeleteAccount() {
  return useAccountMutation((account: Account) => api.delete(path(account), z.unknown()));
}

export function useRefreshContracts() {
  return useAccountMutation(() => api.post('/contracts/refresh', z.unknown()));
}
