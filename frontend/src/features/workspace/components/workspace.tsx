import { PanelBottom, PanelLeft, PanelRight, Rows3 } from 'lucide-react';
import { type ReactNode, useEffect, useEffectEvent, useRef, useState } from 'react';
import type { PanelImperativeHandle } from 'react-resizable-panels';
import { Button } from '@/components/ui/button';
import { EmptyState, Skeleton } from '@/components/ui/states';
import { BookTabs } from '@/features/workspace/components/book-tabs';
import { LayoutMenu } from '@/features/workspace/components/layout-menu';
import { LinkBadge } from '@/features/workspace/components/link-badge';
import { PanelFrame } from '@/features/workspace/components/panel-frame';
import { PhoneWorkspace } from '@/features/workspace/components/phone-workspace';
import { useDesk } from '@/features/workspace/hooks/use-desk';
import { SOURCE, useSymbolLink } from '@/features/workspace/hooks/use-symbol-link';
import { type PanelId, panelsOf, TREES } from '@/features/workspace/model/arrangements';
import {
  activeLayout,
  type Book,
  type Desk,
  type Link,
  resetSizes,
  withBook,
  withSizes,
  withSymbol,
} from '@/features/workspace/model/desk';
import { useIsNarrow } from '@/hooks/use-media-query';
import { hasModifier, isTyping } from '@/lib/keyboard';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { t } from '@/messages/words';
import { refOf, useTicket } from '@/stores/ticket';

export interface ChartSlot {
  of: InstrumentRef | null;
  interval: string | null;
  badge: ReactNode;
  onPick: (ref: InstrumentRef) => void;
  onInterval: (interval: string) => void;
}

/** What the route puts into the panels. */
export interface WorkspaceSlots {
  watchlist: ReactNode;
  chart: (slot: ChartSlot) => ReactNode;
  depth: (of: InstrumentRef) => ReactNode;
  ticket: (of: InstrumentRef | null) => ReactNode;
  books: Record<Book, ReactNode>;
}

interface WorkspaceProps {
  slots: WorkspaceSlots;
  /** What is looked at before anything was chosen. */
  first: InstrumentRef | null;
}

/** The page a trader stays on: lists, charts, ladder, ticket and books, which all look at what was chosen last. */
export function Workspace({ slots, first }: WorkspaceProps) {
  const { desk, change, isLoaded } = useDesk();
  const isNarrow = useIsNarrow();
  const shown = desk.symbols[desk.link] ?? (desk.link === 'a' ? first : null);
  const choose = (ref: InstrumentRef, link: Link = desk.link) => {
    const { request, close } = useTicket.getState();
    const asked = request && refOf(request);
    if (asked && (asked.symbol !== ref.symbol || asked.exchange !== ref.exchange)) close();
    change((now) => withSymbol(now, link, ref));
  };
  useAskedSymbol(choose);
  const link = useSymbolLink(choose);
  return (
    <div
      {...link}
      data-symbol={shown?.symbol}
      data-exchange={shown?.exchange}
      className="flex min-h-0 flex-1 flex-col"
    >
      <h1 className="sr-only">{t('Trade')}</h1>
      {!isLoaded ? (
        <div role="status" aria-label={t('Loading the workspace')} className="flex min-h-0 flex-1 gap-2 p-2">
          <Skeleton className="w-64" />
          <Skeleton className="flex-1" />
          <Skeleton className="w-72" />
        </div>
      ) : isNarrow ? (
        <PhoneWorkspace shown={shown} slots={slots} desk={desk} change={change} choose={choose} />
      ) : (
        <WideWorkspace
          first={first}
          shown={shown}
          slots={slots}
          desk={desk}
          change={change}
          choose={choose}
        />
      )}
    </div>
  );
}

/** B and S anywhere name an instrument, too: charts and ladder follow the ticket. */
function useAskedSymbol(choose: (ref: InstrumentRef) => void): void {
  const opening = useTicket((state) => state.opening);
  const known = useRef(opening);
  const onAsked = useEffectEvent(() => {
    const { request } = useTicket.getState();
    const asked = request && refOf(request);
    if (asked) choose(asked);
  });
  useEffect(() => {
    if (opening === known.current) return;
    known.current = opening;
    onAsked();
  }, [opening]);
}

export interface DeskParts {
  shown: InstrumentRef | null;
  slots: WorkspaceSlots;
  desk: Desk;
  change: (update: (desk: Desk) => Desk) => void;
  choose: (ref: InstrumentRef, link?: Link) => void;
}

const TOGGLES: { panel: PanelId; label: string; icon: ReactNode }[] = [
  { panel: 'watchlist', label: t('Watchlist'), icon: <PanelLeft /> },
  { panel: 'depth', label: t('Depth'), icon: <Rows3 /> },
  { panel: 'ticket', label: t('Ticket'), icon: <PanelRight /> },
  { panel: 'books', label: t('Books'), icon: <PanelBottom /> },
];

function WideWorkspace({
  first,
  shown,
  slots,
  desk,
  change,
  choose,
}: DeskParts & { first: InstrumentRef | null }) {
  const layout = activeLayout(desk);
  const [handles] = useState(() => new Map<PanelId, PanelImperativeHandle>());
  const [gone, setGone] = useState<readonly string[]>([]);
  const [resets, setResets] = useState(0);
  const tree = TREES[layout.arrangement];
  const hasTwo = panelsOf(tree).includes('chart2');

  const onDrawn = (sizes: Record<string, number>) =>
    setGone((now) => {
      const names = Object.keys(sizes);
      const next = [
        ...now.filter((name) => !names.includes(name)),
        ...names.filter((name) => (sizes[name] ?? 0) < 0.5),
      ];
      return next.length === now.length && next.every((name) => now.includes(name)) ? now : next;
    });
  const toggle = (panel: PanelId) => {
    const handle = handles.get(panel);
    if (handle?.isCollapsed()) handle.expand();
    else handle?.collapse();
  };
  useWatchlistKey(() => toggle('watchlist'));

  const chart = (link: Link) => (
    <section
      aria-label={link === 'a' ? t('Chart A') : t('Chart B')}
      onPointerDownCapture={() => desk.link !== link && change((now) => ({ ...now, link }))}
      onFocusCapture={() => desk.link !== link && change((now) => ({ ...now, link }))}
      className="flex min-h-0 flex-1 flex-col"
    >
      {slots.chart({
        of: desk.symbols[link] ?? first,
        interval: desk.intervals[link],
        badge: hasTwo && <LinkBadge link={link} isInUse={desk.link === link} />,
        onPick: (ref) => choose(ref, link),
        onInterval: (interval) =>
          change((now) => ({ ...now, link, intervals: { ...now.intervals, [link]: interval } })),
      })}
    </section>
  );
  const contents: Record<PanelId, () => ReactNode> = {
    watchlist: () => (
      <div {...SOURCE} className="flex min-h-0 flex-1 flex-col">
        {slots.watchlist}
      </div>
    ),
    chart: () => chart('a'),
    chart2: () => chart('b'),
    depth: () => (shown ? slots.depth(shown) : <EmptyState title={t('No instrument chosen')} />),
    ticket: () => slots.ticket(shown),
    books: () => (
      <div {...SOURCE} className="flex min-h-0 flex-1 flex-col">
        <BookTabs
          value={layout.book}
          onChange={(book) => change((now) => withBook(now, book))}
          books={slots.books}
        />
      </div>
    ),
  };
  return (
    <>
      <div className="flex h-9 shrink-0 items-center gap-1 border-line border-b bg-panel px-2">
        <LayoutMenu
          desk={desk}
          onChange={change}
          onReset={() => {
            change(resetSizes);
            setResets((count) => count + 1);
          }}
        />
        {hasTwo && <LinkBadge link={desk.link} isInUse />}
        <span className="ml-auto flex gap-1">
          {TOGGLES.map(({ panel, label, icon }) => (
            <Button
              key={panel}
              size="sm"
              variant="ghost"
              aria-pressed={!gone.includes(panel)}
              onClick={() => toggle(panel)}
              className="aria-pressed:text-text"
            >
              {icon}
              {label}
            </Button>
          ))}
        </span>
      </div>
      <div className="flex min-h-0 flex-1 flex-col">
        <PanelFrame
          key={`${layout.id}:${resets}`}
          node={tree}
          kept={layout.sizes}
          handles={handles}
          onDrawn={onDrawn}
          onSizes={(group, sizes) => change((now) => withSizes(now, group, sizes))}
          contentOf={(panel) => (gone.includes(panel) ? null : contents[panel]())}
        />
      </div>
    </>
  );
}

/** W shows and hides the list that this page has of its own. */
function useWatchlistKey(toggle: () => void): void {
  const onPressed = useEffectEvent(toggle);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'w' && !hasModifier(event) && !isTyping(event)) onPressed();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
