import { useEffect, useState } from 'react';
import { toast } from 'sonner';
import { useActivateAccount, useConnectAccount, useCreateAccount } from '@/features/broker/api/accounts';
import type { Broker } from '@/features/broker/api/brokers';
import { fieldsOf } from '@/features/broker/hooks/schema-form';
import { useUrlState } from '@/hooks/use-url-state';
import { announceOnce } from '@/lib/announce';
import { messageOf } from '@/lib/api/errors';
import type { Account } from '@/lib/session/schema';
import { t } from '@/messages/words';

type Open = { kind: 'add'; broker: Broker } | { kind: 'login' | 'edit' | 'delete'; account: Account } | null;

/** A redirect sign-in ends at /broker?connected=<id> or ?error=<text>: say it once and clean the address. */
function useRedirectAnswer(accounts: readonly Account[] | undefined) {
  const { read, set } = useUrlState();
  const connected = read('connected');
  const error = read('error');
  useEffect(() => {
    if (error) {
      announceOnce(`connect-error:${error}`, 'error', t('The broker did not sign you in'), error);
      set('error', null);
    }
    if (connected && accounts) {
      const label = accounts.find((account) => account.id === connected)?.label ?? t('Account');
      announceOnce(`connected:${connected}`, 'success', t('{{label}} is connected', { label }));
      set('connected', null);
    }
  }, [connected, error, accounts, set]);
}

/** Which dialog is open and what the buttons of the broker page do. */
export function useBrokerDesk(
  brokers: readonly Broker[] | undefined,
  accounts: readonly Account[] | undefined,
) {
  const [open, setOpen] = useState<Open>(null);
  const [busyBroker, setBusyBroker] = useState<string | null>(null);
  const create = useCreateAccount();
  const activate = useActivateAccount();
  const connecting = useConnectAccount();
  useRedirectAnswer(accounts);

  const brokerOf = (account: Account) => brokers?.find((broker) => broker.id === account.broker);
  const complain = (error: unknown) => toast.error(t('Not connected'), { description: messageOf(error) });

  const connect = (account: Account) => {
    const broker = brokerOf(account);
    if (broker?.auth?.kind === 'form' && fieldsOf(broker.auth?.login).length > 0)
      setOpen({ kind: 'login', account });
    else connecting.mutate({ account, login: {} }, { onError: complain });
  };

  /** An exchange that asks for nothing is connected by one press, reusing its account when there is one. */
  const connectInstant = async (broker: Broker) => {
    setBusyBroker(broker.id);
    try {
      const existing = accounts?.find(
        (account) => account.broker === broker.id && account.session.state !== 'valid',
      );
      const same = accounts?.filter((account) => account.broker === broker.id).length ?? 0;
      const label = same === 0 ? broker.name : `${broker.name} ${same + 1}`;
      const account = existing ?? (await create.mutateAsync({ broker: broker.id, label, credentials: {} }));
      if (!account.active && !accounts?.some((one) => one.active)) await activate.mutateAsync(account);
      if (account.session.state !== 'valid') await connecting.mutateAsync({ account, login: {} });
      toast.success(t('{{label}} is connected', { label: account.label }));
    } catch (error) {
      complain(error);
    } finally {
      setBusyBroker(null);
    }
  };

  const add = (broker: Broker) => {
    if (broker.auth?.kind === 'instant' && fieldsOf(broker.auth?.credentials).length === 0)
      void connectInstant(broker);
    else setOpen({ kind: 'add', broker });
  };
  return {
    open,
    setOpen,
    brokerOf,
    busyBroker,
    connect,
    add,
    connectingId: connecting.isPending ? (connecting.variables?.account.id ?? null) : null,
  };
}
