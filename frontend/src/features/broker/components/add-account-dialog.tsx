import { Dialog } from '@/components/ui/dialog';
import { useActivateAccount, useConnectAccount, useCreateAccount } from '@/features/broker/api/accounts';
import type { Broker } from '@/features/broker/api/brokers';
import { AccountForm } from '@/features/broker/components/account-form';
import { fieldsOf } from '@/features/broker/hooks/schema-form';
import type { Account } from '@/lib/session/schema';
import { t } from '@/messages/words';

interface AddAccountDialogProps {
  broker: Broker;
  accounts: readonly Account[];
  onClose: () => void;
  /** The account exists but needs its per-login fields. */
  onNeedsLogin: (account: Account) => void;
}

function defaultLabel(broker: Broker, accounts: readonly Account[]): string {
  const same = accounts.filter((account) => account.broker === broker.id).length;
  return same === 0 ? broker.name : `${broker.name} ${same + 1}`;
}

export function AddAccountDialog({ broker, accounts, onClose, onNeedsLogin }: AddAccountDialogProps) {
  const create = useCreateAccount();
  const connect = useConnectAccount();
  const activate = useActivateAccount();
  const loginFields = fieldsOf(broker.auth?.login);

  const add = async (credentials: Parameters<typeof create.mutateAsync>[0]['credentials'], label: string) => {
    const account = await create.mutateAsync({ broker: broker.id, label, credentials });
    if (!account.active && !accounts.some((one) => one.active)) await activate.mutateAsync(account);
    onClose();
    if (broker.auth?.kind === 'form' && loginFields.length > 0) onNeedsLogin(account);
    else await connect.mutateAsync({ account, login: {} });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Add {{name}}', { name: broker.name })}
      description={
        broker.auth?.kind === 'redirect'
          ? t('After saving you are taken to the broker to sign in, and brought back here.')
          : t('Stored encrypted on your server; used only to sign in at the broker.')
      }
    >
      {broker.auth?.kind === 'redirect' && broker.callback_url && (
        <p className="mb-3 text-muted">
          {t('Enter this redirect address at the broker:')}{' '}
          <code className="select-all break-all font-mono text-text">{broker.callback_url}</code>
        </p>
      )}
      <AccountForm
        fields={fieldsOf(broker.auth?.credentials)}
        defaultLabel={defaultLabel(broker, accounts)}
        submitLabel={
          broker.auth?.kind === 'form' && loginFields.length > 0
            ? t('Save and continue')
            : t('Save and connect')
        }
        onSubmit={add}
      />
    </Dialog>
  );
}
