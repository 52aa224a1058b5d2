import { Check, ChevronDown, Plug } from 'lucide-react';
import { useNavigate } from 'react-router';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { Menu, MenuContent, MenuItem, MenuLabel, MenuLine, MenuTrigger } from '@/components/ui/menu';
import { useActivateAccount } from '@/features/broker/api/accounts';
import { SessionBadge } from '@/features/broker/components/session-badge';
import { messageOf } from '@/lib/api/errors';
import { cn } from '@/lib/cn';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

/** The account everything on screen belongs to, and the way to another one. */
export function AccountSwitcher() {
  const { account, accounts } = useSession();
  const activate = useActivateAccount();
  const navigate = useNavigate();
  const isConnected = account?.session.state === 'valid';
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button
          variant="ghost"
          size="sm"
          className="min-w-0 text-text max-md:h-9"
          aria-label={account ? t('Account: {{label}}', { label: account.label }) : t('Account: none')}
        >
          <span
            aria-hidden
            className={cn('size-2 shrink-0 rounded-full', isConnected ? 'bg-up' : 'bg-down')}
          />
          <span className="max-w-40 truncate max-md:max-w-24">{account?.label ?? t('No account')}</span>
          <ChevronDown />
        </Button>
      </MenuTrigger>
      <MenuContent>
        <MenuLabel>{t('Trade with')}</MenuLabel>
        {accounts.map((one) => (
          <MenuItem
            key={one.id}
            disabled={one.active}
            className="data-[disabled]:opacity-100"
            onSelect={() =>
              activate.mutate(one, {
                onError: (error) => toast.error(t('Not activated'), { description: messageOf(error) }),
              })
            }
          >
            <Check className={cn(!one.active && 'invisible')} />
            <span className="flex-1">{one.label}</span>
            <SessionBadge session={one.session} />
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem onSelect={() => void navigate('/broker')}>
          <Plug /> {t('Broker accounts')}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
