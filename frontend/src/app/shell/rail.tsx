import type { LucideIcon } from 'lucide-react';
import { NavLink, useLocation, useNavigate } from 'react-router';
import { type Task, tasksFor } from '@/app/shell/navigation';
import { Menu, MenuContent, MenuItem, MenuLabel, MenuTrigger } from '@/components/ui/menu';
import { cn } from '@/lib/cn';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

/** Sixteen of them and their lines fit a screen of 768 pixels. */
const entry =
  'relative flex h-12 w-full flex-col items-center justify-center gap-0.5 text-2xs text-muted outline-offset-[-2px] hover:bg-hover hover:text-text [@media(max-height:880px)]:h-10 [@media(max-height:880px)]:gap-0';
const current =
  'bg-raised font-semibold text-text before:absolute before:inset-y-1.5 before:left-0 before:w-[3px] before:rounded-r before:bg-accent';

export function Rail() {
  return <RailOf isAdmin={useSession().user?.is_admin ?? false} />;
}

export function RailOf({ isAdmin }: { isAdmin: boolean }) {
  return (
    <nav
      aria-label={t('Main')}
      className="flex w-16 shrink-0 flex-col overflow-y-auto border-line border-r bg-panel py-0.5 [scrollbar-width:none] max-md:hidden"
    >
      {tasksFor(isAdmin).map((group) => (
        <ul
          key={group.task}
          aria-label={group.task}
          className={cn('border-line py-0.5', !group.folded && 'border-b')}
        >
          {group.folded ? (
            <li>
              <FoldedTask {...group} icon={group.folded} />
            </li>
          ) : (
            group.destinations.map(({ path, title, label, icon: Icon }) => (
              <li key={path}>
                <NavLink to={path} title={title} className={({ isActive }) => cn(entry, isActive && current)}>
                  <Icon className="size-[18px]" aria-hidden />
                  {label}
                </NavLink>
              </li>
            ))
          )}
        </ul>
      ))}
    </nav>
  );
}

/** A task whose pages stand in a menu beside the rail. */
function FoldedTask({ task, destinations, icon: Icon }: Task & { icon: LucideIcon }) {
  const { pathname } = useLocation();
  const isHere = destinations.some(({ path }) => pathname === path);
  return (
    <Menu>
      <MenuTrigger className={cn(entry, isHere && current)}>
        <Icon className="size-[18px]" aria-hidden />
        {task}
      </MenuTrigger>
      <MenuContent side="right" align="end" collisionPadding={8}>
        <MenuLabel>{task}</MenuLabel>
        <TaskItems destinations={destinations} />
      </MenuContent>
    </Menu>
  );
}

/** The pages of a task as lines of a menu. */
export function TaskItems({ destinations }: Pick<Task, 'destinations'>) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  return destinations.map(({ path, title, icon: Icon }) => (
    <MenuItem
      key={path}
      aria-current={pathname === path ? 'page' : undefined}
      className="aria-[current=page]:font-semibold"
      onSelect={() => void navigate(path)}
    >
      <Icon /> {title}
    </MenuItem>
  ));
}
