import { useEffect, useRef, useState } from 'react';
import { TextFilter } from '@/components/filters/filter-bar';
import type { Description, Operation } from '@/features/playground/model/description';
import { groupsOf } from '@/features/playground/model/description';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

interface EndpointListProps {
  operations: readonly Operation[];
  tags: Description['tags'];
  chosen: string;
  onChoose: (id: string) => void;
}

const EFFECT_WORDS = { none: null, orders: t('order'), mode: t('mode') } as const;

/** Every call of the API by group; typed words narrow it. */
export function EndpointList({ operations, tags, chosen, onChoose }: EndpointListProps) {
  const [typed, setTyped] = useState('');
  const groups = groupsOf(operations, tags, typed);
  const current = useRef<HTMLButtonElement>(null);
  // A linked call may stand far down the list; one chosen in it stands where it is.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `chosen` says when another button became the current one.
  useEffect(() => {
    current.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <nav aria-label={t('Calls')} className="flex min-h-0 flex-1 flex-col">
      <div className="flex border-line border-b p-1.5 [&>span]:w-full">
        <TextFilter label={t('Find a call')} value={typed} onChange={setTyped} />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto pb-2">
        {groups.length === 0 && <p className="p-3 text-muted">{t('No call of that name.')}</p>}
        {groups.map((group) => (
          <section key={group.name} aria-label={group.title}>
            <h2 className="px-2 pt-2 pb-0.5 text-2xs text-muted">{group.title}</h2>
            <ul>
              {group.operations.map((one) => (
                <li key={one.id + one.method}>
                  <button
                    ref={one.id === chosen ? current : undefined}
                    type="button"
                    title={one.summary}
                    aria-current={one.id === chosen ? 'true' : undefined}
                    onClick={() => onChoose(one.id)}
                    className={cn(
                      'flex h-7 w-full items-center gap-1.5 px-2 text-left font-mono text-xs outline-offset-[-2px] hover:bg-hover max-md:h-10',
                      one.id === chosen && 'bg-raised font-semibold shadow-[inset_3px_0_0_var(--accent)]',
                    )}
                  >
                    <span className="w-8 shrink-0 text-2xs text-muted">{one.method}</span>
                    <span className="min-w-0 flex-1 truncate">{one.id}</span>
                    {EFFECT_WORDS[one.effect] && (
                      <span className="shrink-0 font-sans text-2xs text-warn">
                        {EFFECT_WORDS[one.effect]}
                      </span>
                    )}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </nav>
  );
}
