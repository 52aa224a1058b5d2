import { NavLink } from 'react-router';
import { NAVIGATION } from '@/app/shell/navigation';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

export function Rail() {
  return (
    <nav
      aria-label={t('Main')}
      className="flex w-16 shrink-0 flex-col overflow-y-auto border-line border-r bg-panel py-1 max-md:hidden"
    >
      {NAVIGATION.map(({ task, destinations }) => (
        <ul key={task} aria-label={task} className="border-line border-b py-1 last:border-b-0">
          {destinations.map(({ path, title, label, icon: Icon }) => (
            <li key={path}>
              <NavLink
                to={path}
                title={title}
                className={({ isActive }) =>
                  cn(
                    'relative flex h-12 flex-col items-center justify-center gap-0.5 text-2xs text-muted outline-offset-[-2px] hover:bg-hover hover:text-text',
                    isActive &&
                      'bg-raised font-semibold text-text before:absolute before:inset-y-1.5 before:left-0 before:w-[3px] before:rounded-r before:bg-accent',
                  )
                }
              >
                <Icon className="size-[18px]" aria-hidden />
                {label}
              </NavLink>
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}
