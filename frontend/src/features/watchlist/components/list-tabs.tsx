import { Plus } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { Button } from '@/components/ui/button';
import { cn } from '@/lib/cn';
import type { Lists } from '@/lib/watchlists/model';
import { t } from '@/messages/words';

interface ListTabsProps {
  lists: Lists;
  shown: string;
  /** The list that something is being dragged over. */
  target: string | null;
  panelId: string;
  canAdd: boolean;
  onShow: (id: string) => void;
  onMove: (id: string, index: number) => void;
  onAdd: () => void;
  menu: ReactNode;
}

/** One tab for each list; rows can be let go on them. Arrows walk, with Alt they move the tab. */
export function ListTabs(props: ListTabsProps) {
  const { lists, shown, target, panelId, onShow, onMove } = props;
  const strip = useRef<HTMLDivElement>(null);
  useEffect(() => {
    strip.current
      ?.querySelector(`[data-drop-list="${shown}"]`)
      ?.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
  }, [shown]);

  const walk = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = lists.findIndex(({ id }) => id === shown);
    if (event.altKey) {
      onMove(shown, Math.max(0, Math.min(lists.length - 1, at + step)));
      return;
    }
    const next = lists[(at + step + lists.length) % lists.length];
    if (!next) return;
    onShow(next.id);
    strip.current?.querySelector<HTMLElement>(`[data-drop-list="${next.id}"]`)?.focus();
  };

  return (
    <div className="flex h-8 items-stretch border-line border-b max-md:h-11">
      <div
        ref={strip}
        role="tablist"
        aria-label={t('Watchlists')}
        onKeyDown={walk}
        className="flex min-w-0 flex-1 overflow-x-auto [scrollbar-width:none]"
      >
        {lists.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            role="tab"
            data-drop-list={id}
            aria-selected={id === shown}
            aria-controls={id === shown ? panelId : undefined}
            tabIndex={id === shown ? 0 : -1}
            onClick={() => onShow(id)}
            className={cn(
              'max-w-40 shrink-0 truncate border-transparent border-b-2 px-2.5 text-muted text-xs outline-offset-[-2px] hover:text-text max-md:px-4 max-md:text-sm',
              id === shown && 'border-accent font-semibold text-text',
              id === target && 'bg-hover text-text outline-2 outline-accent outline-dashed',
            )}
          >
            {name}
          </button>
        ))}
      </div>
      <span className="flex shrink-0 items-center gap-0.5 px-1">
        <Button
          size="iconXs"
          variant="ghost"
          aria-label={t('New watchlist')}
          title={t('New watchlist')}
          disabled={!props.canAdd}
          onClick={props.onAdd}
        >
          <Plus />
        </Button>
        {props.menu}
      </span>
    </div>
  );
}
