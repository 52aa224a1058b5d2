import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useUrlState } from '@/hooks/use-url-state';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

export interface ProfileSection {
  id: string;
  title: string;
  content: ReactNode;
  /** The content brings its own heading. */
  isWhole?: boolean;
}

/** Everything about the user in one place: the sections stand left, or above on a phone; the address says which. */
export function ProfilePage({ sections }: { sections: readonly [ProfileSection, ...ProfileSection[]] }) {
  const { read } = useUrlState();
  const current = sections.find(({ id }) => id === read('section')) ?? sections[0];
  return (
    <div className="flex min-h-0 flex-1 max-md:flex-col">
      <title>{t('{{page}} · OpenAlgo', { page: current.title })}</title>
      <nav
        aria-label={t('Account sections')}
        className="shrink-0 border-line max-md:overflow-x-auto max-md:border-b md:w-44 md:border-r md:py-2"
      >
        <ul className="flex md:flex-col">
          {sections.map(({ id, title }) => (
            <li key={id}>
              <Link
                to={{ search: `?section=${id}` }}
                replace
                aria-current={id === current.id ? 'page' : undefined}
                className={cn(
                  'flex h-8 items-center whitespace-nowrap px-4 max-md:h-11',
                  id === current.id
                    ? 'bg-raised font-medium shadow-[inset_2px_0_0_var(--accent)] max-md:shadow-[inset_0_-2px_0_var(--accent)]'
                    : 'text-muted hover:bg-hover hover:text-text',
                )}
              >
                {title}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="flex min-h-0 min-w-0 flex-1 flex-col overflow-auto">
        {!current.isWhole && (
          <div className="flex min-h-11 shrink-0 items-center border-line border-b px-4">
            <h1 className="font-semibold text-base">{current.title}</h1>
          </div>
        )}
        {current.content}
      </div>
    </div>
  );
}
