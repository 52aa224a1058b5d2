import { EllipsisVertical, Pencil, RefreshCw, Trash2, Unplug } from 'lucide-react';
import { toast } from 'sonner';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Menu, MenuContent, MenuItem, MenuLine, MenuTrigger } from '@/components/ui/menu';
import {
  useActivateAccount,
  useDisconnectAccount,
  useRefreshContracts,
} from '@/features/broker/api/accounts';
import { SessionBadge, sessionDetail } from '@/features/broker/components/session-badge';
import { messageOf } from '@/lib/api/errors';
import { formatMoment, formatQuantity } from '@/lib/format';
import type { Account } from '@/lib/session/schema';
import { t } from '@/messages/words';

export interface AccountActions {
  onConnect: (account: Account) => void;
  onEdit: (account: Account) => void;
  onDelete: (account: Account) => void;
  connectingId: string | null;
}

function contractsText({ contracts }: Account): string {
  if (!contracts) return t('Contracts: –');
  const count = contracts.total ? t('{{number}} contracts', { number: formatQuantity(contracts.total) }) : '';
  const when = contracts.loaded_at
    ? t('loaded {{time}}', { time: formatMoment(contracts.loaded_at) })
    : (contracts.status ?? '');
  // A message that only repeats the count tells nothing new.
  const news = contracts.status === 'success' || contracts.status === 'loaded' ? null : contracts.message;
  return [count || t('Contracts'), when, news].filter(Boolean).join(' · ');
}

export function AccountList({ accounts, ...actions }: AccountActions & { accounts: readonly Account[] }) {
  return (
    <ul aria-label={t('Broker accounts')} className="border-line border-b">
      {accounts.map((account) => (
        <AccountRow key={account.id} account={account} {...actions} />
      ))}
    </ul>
  );
}

function AccountRow({
  account,
  onConnect,
  onEdit,
  onDelete,
  connectingId,
}: AccountActions & { account: Account }) {
  const activate = useActivateAccount();
  const isConnected = account.session.state === 'valid';
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-t px-4 py-2.5">
      <div className="min-w-52 flex-1">
        <p className="flex items-center gap-2">
          <span className="font-medium">{account.label}</span>
          {account.active && <Badge tone="warn">{t('active')}</Badge>}
        </p>
        <p className="text-muted text-xs">
          {account.broker_name}
          {account.broker_user_id && ` · ${account.broker_user_id}`}
        </p>
      </div>
      <div className="min-w-44">
        <SessionBadge session={account.session} />
        <p className="text-muted text-xs">{sessionDetail(account)}</p>
      </div>
      <p className="min-w-56 flex-1 text-muted text-xs tabular-nums">{contractsText(account)}</p>
      <div className="flex items-center gap-2">
        {!account.active && (
          <Button
            size="sm"
            isBusy={activate.isPending}
            onClick={() =>
              activate.mutate(account, {
                onError: (error) => toast.error(t('Not activated'), { description: messageOf(error) }),
              })
            }
          >
            {t('Make active')}
          </Button>
        )}
        {!isConnected && (
          <Button
            size="sm"
            variant="primary"
            isBusy={connectingId === account.id}
            onClick={() => onConnect(account)}
          >
            {account.session.state === 'none' ? t('Connect') : t('Reconnect')}
          </Button>
        )}
        <AccountMenu account={account} onEdit={onEdit} onDelete={onDelete} />
      </div>
    </li>
  );
}

function AccountMenu({
  account,
  onEdit,
  onDelete,
}: Pick<AccountActions, 'onEdit' | 'onDelete'> & { account: Account }) {
  const disconnect = useDisconnectAccount();
  const refresh = useRefreshContracts();
  const complain = (what: string) => (error: unknown) => toast.error(what, { description: messageOf(error) });
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button size="icon" variant="ghost" aria-label={t('More for {{label}}', { label: account.label })}>
          <EllipsisVertical />
        </Button>
      </MenuTrigger>
      <MenuContent>
        {account.session.state === 'valid' && (
          <MenuItem onSelect={() => disconnect.mutate(account, { onError: complain(t('Not disconnected')) })}>
            <Unplug /> {t('Disconnect')}
          </MenuItem>
        )}
        {account.active && account.session.state === 'valid' && (
          <MenuItem
            onSelect={() =>
              refresh.mutate(undefined, { onError: complain(t('Contracts are not being reloaded')) })
            }
          >
            <RefreshCw /> {t('Reload contracts')}
          </MenuItem>
        )}
        <MenuItem onSelect={() => onEdit(account)}>
          <Pencil /> {t('Edit')}
        </MenuItem>
        <MenuLine />
        <MenuItem onSelect={() => onDelete(account)}>
          <Trash2 /> {t('Remove')}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
