import { Tabs } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { EmptyState } from '@/components/ui/states';
import { Tab } from '@/features/workspace/components/book-tabs';
import type { DeskParts } from '@/features/workspace/components/workspace';
import { chosenIn, SOURCE } from '@/features/workspace/hooks/use-symbol-link';
import { t } from '@/messages/words';

const TABS = ['watchlist', 'chart', 'depth', 'positions', 'orders', 'trades'] as const;
type PhoneTab = (typeof TABS)[number];

const NAMES: Record<PhoneTab, string> = {
  watchlist: t('List'),
  chart: t('Chart'),
  depth: t('Depth'),
  positions: t('Positions'),
  orders: t('Orders'),
  trades: t('Trades'),
};

/** The workspace under a thumb: one panel at a time, the ticket as a sheet from below. */
export function PhoneWorkspace({ shown, slots, desk, change, choose }: DeskParts) {
  const [tab, setTab] = useState<PhoneTab>('watchlist');
  const contents: Record<PhoneTab, ReactNode> = {
    // Choosing in the list leads to what was chosen.
    watchlist: (
      // biome-ignore lint/a11y/useKeyWithClickEvents: the tabs lead there by key.
      // biome-ignore lint/a11y/noStaticElementInteractions: the rows inside are what is chosen.
      <div
        {...SOURCE}
        onClick={(event) => chosenIn(event.target) && setTab('chart')}
        className="flex min-h-0 flex-1 flex-col"
      >
        {slots.watchlist}
      </div>
    ),
    chart: slots.chart({
      of: shown,
      interval: desk.intervals[desk.link],
      badge: null,
      onPick: (ref) => choose(ref),
      onInterval: (interval) =>
        change((now) => ({ ...now, intervals: { ...now.intervals, [now.link]: interval } })),
    }),
    depth: shown ? slots.depth(shown) : <EmptyState title={t('No instrument chosen')} />,
    ...slots.books,
  };
  return (
    <Tabs.Root
      value={tab}
      onValueChange={(next) => setTab(next as PhoneTab)}
      className="flex min-h-0 flex-1 flex-col"
    >
      <Tabs.List
        aria-label={t('Parts of the workspace')}
        className="flex shrink-0 overflow-x-auto border-line border-b"
      >
        {TABS.map((one) => (
          <Tab key={one} value={one}>
            {NAMES[one]}
          </Tab>
        ))}
      </Tabs.List>
      {TABS.map((one) => (
        <Tabs.Content
          key={one}
          value={one}
          tabIndex={-1}
          className="flex min-h-0 flex-1 flex-col outline-none"
        >
          {contents[one]}
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}
