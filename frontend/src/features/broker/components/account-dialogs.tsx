import { toast } from 'sonner';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Dialog } from '@/components/ui/dialog';
import { useConnectAccount, useDeleteAccount, useUpdateAccount } from '@/features/broker/api/accounts';
import type { Broker } from '@/features/broker/api/brokers';
import { AccountForm } from '@/features/broker/components/account-form';
import { fieldsOf } from '@/features/broker/hooks/schema-form';
import { messageOf } from '@/lib/api/errors';
import type { Account } from '@/lib/session/schema';
import { t } from '@/messages/words';

interface AccountDialogProps {
  account: Account;
  broker: Broker | undefined;
  onClose: () => void;
}

/** Per-login fields: one-time code, PIN. Never stored. */
export function LoginDialog({ account, broker, onClose }: AccountDialogProps) {
  const { mutateAsync } = useConnectAccount();
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Connect {{label}}', { label: account.label })}
      description={t('Sign in at {{broker}}.', { broker: account.broker_name })}
    >
      <AccountForm
        fields={fieldsOf(broker?.auth?.login)}
        submitLabel={t('Connect')}
        onSubmit={async (login) => {
          await mutateAsync({ account, login });
          onClose();
        }}
      />
    </Dialog>
  );
}

/** Replaces the stored credentials: what is saved cannot be read back, so every box is typed again. */
export function EditDialog({ account, broker, onClose }: AccountDialogProps) {
  const { mutateAsync } = useUpdateAccount();
  const fields = fieldsOf(broker?.auth?.credentials).map((field) => ({ ...field, isRequired: false }));
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Edit {{label}}', { label: account.label })}
      description={
        fields.length > 0 ? t('Leave all credential boxes empty to keep what is stored.') : undefined
      }
    >
      <AccountForm
        fields={fields}
        defaultLabel={account.label}
        submitLabel={t('Save')}
        onSubmit={async (credentials, label) => {
          await mutateAsync({ account, label, ...(Object.keys(credentials).length > 0 && { credentials }) });
          onClose();
        }}
      />
    </Dialog>
  );
}

export function DeleteDialog({ account, onClose }: Omit<AccountDialogProps, 'broker'>) {
  const { mutate, isPending } = useDeleteAccount();
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      onConfirm={() =>
        mutate(account, {
          onSuccess: onClose,
          onError: (error) =>
            toast.error(t('{{label}} was not removed', { label: account.label }), {
              description: messageOf(error),
            }),
        })
      }
      isBusy={isPending}
      title={t('Remove {{label}}?', { label: account.label })}
      description={t(
        'Its stored credentials and session are deleted here. Orders and positions at the broker stay as they are.',
      )}
      confirmLabel={t('Remove account')}
      cancelLabel={t('Keep account')}
    />
  );
}
