import { useQuery } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { ErrorState, Skeleton } from '@/components/ui/states';
import { type User, type UserAct, usersQuery } from '@/features/users/api/users';
import { ActDialog } from '@/features/users/components/act-dialog';
import { LinkDialog } from '@/features/users/components/link-dialog';
import { NewUserDialog } from '@/features/users/components/new-user-dialog';
import { actsOn, titleOf } from '@/features/users/user-acts';
import { formatMoment } from '@/lib/format';
import { t } from '@/messages/words';

type Open =
  | { what: 'new' }
  | { what: 'act'; user: User; act: UserAct }
  | { what: 'link'; username: string; link: string }
  | null;

/** Everybody who may sign in, for administrators. */
export function UsersSection() {
  const { data, error, refetch } = useQuery(usersQuery);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const show = (username: string, link: string) => setOpen({ what: 'link', username, link });
  if (!data)
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <Skeleton className="m-4 h-24" />
    );
  return (
    <section aria-label={t('Users')} className="grid gap-2 p-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="min-w-48 max-w-prose flex-1 text-muted">
          {t('Everybody has brokers, keys and strategies of their own; nobody sees those of another.')}
        </p>
        <Button variant="primary" onClick={() => setOpen({ what: 'new' })}>
          <UserPlus /> {t('New user')}
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section aria-label={t('Table of users')} tabIndex={0} className="relative overflow-x-auto">
        <table className="w-full text-left text-xs">
          <thead className="text-muted">
            <tr className="border-line border-b [&>th]:py-1.5 [&>th]:pr-4 [&>th]:font-normal">
              <th scope="col">{t('Username')}</th>
              <th scope="col">{t('E-mail')}</th>
              <th scope="col">{t('Role')}</th>
              <th scope="col">{t('Second step')}</th>
              <th scope="col">{t('Last seen')}</th>
              <th scope="col">
                <span className="sr-only">{t('Actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.map((user) => (
              <UserRow key={user.id} user={user} onAct={(act) => setOpen({ what: 'act', user, act })} />
            ))}
          </tbody>
        </table>
      </section>
      {open?.what === 'new' && <NewUserDialog onClose={close} onLink={show} />}
      {open?.what === 'act' && <ActDialog user={open.user} act={open.act} onClose={close} onLink={show} />}
      {open?.what === 'link' && <LinkDialog username={open.username} link={open.link} onClose={close} />}
    </section>
  );
}

function UserRow({ user, onAct }: { user: User; onAct: (act: UserAct) => void }) {
  return (
    <tr className="h-8 whitespace-nowrap border-line border-b [&>*]:pr-4">
      <th scope="row" className="font-normal">
        <span className="mr-2">{user.username}</span>
        {user.is_disabled && <Badge tone="bad">{t('disabled')}</Badge>}
        {user.is_invited && !user.is_disabled && <Badge tone="warn">{t('invited')}</Badge>}
      </th>
      <td>{user.email}</td>
      <td>{user.is_admin ? t('Administrator') : t('User')}</td>
      <td>{user.second_step ? t('on') : '–'}</td>
      <td className="tabular-nums">{user.last_seen_at ? formatMoment(user.last_seen_at) : '–'}</td>
      <td className="text-right">
        <Menu>
          <MenuTrigger asChild>
            <Button size="xs" aria-label={t('Actions for {{name}}', { name: user.username })}>
              {t('Actions')}
            </Button>
          </MenuTrigger>
          <MenuContent>
            {actsOn(user).map((act) => (
              <MenuItem key={titleOf(act, user)} onSelect={() => onAct(act)}>
                {titleOf(act, user)}
              </MenuItem>
            ))}
          </MenuContent>
        </Menu>
      </td>
    </tr>
  );
}
