import { useQuery } from '@tanstack/react-query';
import { EmptyState, ErrorState, Skeleton } from '@/components/ui/states';
import { accountsQuery } from '@/features/broker/api/accounts';
import { brokersQuery } from '@/features/broker/api/brokers';
import { DeleteDialog, EditDialog, LoginDialog } from '@/features/broker/components/account-dialogs';
import { AccountList } from '@/features/broker/components/account-list';
import { AddAccountDialog } from '@/features/broker/components/add-account-dialog';
import { BrokerList } from '@/features/broker/components/broker-list';
import { BrokerMatrix } from '@/features/broker/components/broker-matrix';
import { useBrokerDesk } from '@/features/broker/hooks/use-broker-desk';
import { t } from '@/messages/words';

export function BrokerDesk() {
  const brokers = useQuery(brokersQuery);
  const accounts = useQuery(accountsQuery);
  const desk = useBrokerDesk(brokers.data, accounts.data);
  const { open, setOpen } = desk;
  const close = () => setOpen(null);

  return (
    <div className="min-h-0 flex-1 overflow-auto pb-6">
      <div className="flex min-h-11 items-center px-4">
        <h1 className="font-semibold text-base">{t('Broker accounts')}</h1>
      </div>
      {accounts.data ? (
        accounts.data.length > 0 ? (
          <AccountList
            accounts={accounts.data}
            connectingId={desk.connectingId}
            onConnect={desk.connect}
            onEdit={(account) => setOpen({ kind: 'edit', account })}
            onDelete={(account) => setOpen({ kind: 'delete', account })}
          />
        ) : (
          <EmptyState
            title={t('No broker account yet')}
            hint={t(
              'Connect the Practice Exchange to try everything now: live prices, orders and positions, no account and no money.',
            )}
          />
        )
      ) : accounts.error ? (
        <ErrorState error={accounts.error} onRetry={() => void accounts.refetch()} />
      ) : (
        <Skeleton className="m-4 h-12" />
      )}
      <div className="h-4" />
      {brokers.data ? (
        <>
          <BrokerList brokers={brokers.data} busyId={desk.busyBroker} onAdd={desk.add} />
          <BrokerMatrix brokers={brokers.data} />
        </>
      ) : brokers.error ? (
        <ErrorState error={brokers.error} onRetry={() => void brokers.refetch()} />
      ) : (
        <Skeleton className="m-4 h-40" />
      )}
      {open?.kind === 'add' && (
        <AddAccountDialog
          broker={open.broker}
          accounts={accounts.data ?? []}
          onClose={close}
          onNeedsLogin={(account) => setOpen({ kind: 'login', account })}
        />
      )}
      {open?.kind === 'login' && (
        <LoginDialog account={open.account} broker={desk.brokerOf(open.account)} onClose={close} />
      )}
      {open?.kind === 'edit' && (
        <EditDialog account={open.account} broker={desk.brokerOf(open.account)} onClose={close} />
      )}
      {open?.kind === 'delete' && <DeleteDialog account={open.account} onClose={close} />}
    </div>
  );
}
