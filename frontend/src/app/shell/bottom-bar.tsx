import { Ellipsis } from 'lucide-react';
import { Fragment } from 'react';
import { NavLink } from 'react-router';
import { tasksFor } from '@/app/shell/navigation';
import { TaskItems } from '@/app/shell/rail';
import { Menu, MenuContent, MenuLabel, MenuTrigger } from '@/components/ui/menu';
import { cn } from '@/lib/cn';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

const cell = 'flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-2xs text-muted';

/** The rail of a phone: four pages under the thumb, the rest behind "More". */
export function BottomBar() {
  const isAdmin = useSession().user?.is_admin ?? false;
  const tasks = tasksFor(isAdmin);
  const inBar = tasks.flatMap(({ destinations }) => destinations.filter((one) => one.isInBar));
  const others = tasks.map(({ task, destinations }) => ({
    task,
    destinations: destinations.filter((one) => !one.isInBar),
  }));
  return (
    <nav
      aria-label={t('Main')}
      className="flex shrink-0 border-line border-t bg-panel pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {inBar.map(({ path, label, icon: Icon }) => (
        <NavLink
          key={path}
          to={path}
          className={({ isActive }) => cn(cell, isActive && 'font-semibold text-accent-text')}
        >
          <Icon className="size-5" aria-hidden />
          {label}
        </NavLink>
      ))}
      <Menu>
        <MenuTrigger className={cell}>
          <Ellipsis className="size-5" aria-hidden />
          {t('More')}
        </MenuTrigger>
        <MenuContent
          side="top"
          className="max-h-[var(--radix-dropdown-menu-content-available-height)] overflow-y-auto"
        >
          {others.map(({ task, destinations }) => (
            <Fragment key={task}>
              <MenuLabel>{task}</MenuLabel>
              <TaskItems destinations={destinations} />
            </Fragment>
          ))}
        </MenuContent>
      </Menu>
    </nav>
  );
}
