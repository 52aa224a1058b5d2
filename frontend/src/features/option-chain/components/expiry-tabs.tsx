import { useEffect, useRef } from 'react';
import { Link } from 'react-router';
import { cn } from '@/lib/cn';
import { daysLeft, expiryName } from '@/lib/instruments/expiries';
import { t } from '@/messages/words';

interface ExpiryTabsProps {
  expiries: readonly string[];
  current: string;
  hrefOf: (expiry: string) => string;
}

/** One link for each expiry with the days it has left: an address can be kept, shared and opened beside this one. */
export function ExpiryTabs({ expiries, current, hrefOf }: ExpiryTabsProps) {
  const list = useRef<HTMLUListElement>(null);
  const now = Date.now();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the link in view is that of the current expiry.
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  return (
    <nav aria-label={t('Expiries')} className="min-w-0 border-line border-b px-2 py-0.5">
      <ul ref={list} className="flex min-h-7 gap-1 overflow-x-auto max-md:min-h-9">
        {expiries.map((expiry) => {
          const left = daysLeft(expiry, now);
          return (
            <li key={expiry}>
              <Link
                to={hrefOf(expiry)}
                replace
                aria-current={expiry === current ? 'true' : undefined}
                className={cn(
                  'flex h-7 items-center gap-1 whitespace-nowrap rounded px-2 text-muted text-xs outline-offset-[-2px] hover:bg-hover hover:text-text max-md:h-9',
                  expiry === current &&
                    'bg-raised font-semibold text-text shadow-[inset_0_0_0_1px_var(--line-strong)]',
                )}
              >
                {expiryName(expiry, now)}
                {left !== null && (
                  <span className="font-normal text-2xs text-muted tabular-nums">
                    {left === 0 ? t('today') : t('{{days}}d', { days: left })}
                  </span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
