import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { EmptyState, ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import { type ChainLeg, chainQuery } from '@/features/option-chain/api/get-chain';
import { ChainTable } from '@/features/option-chain/components/chain-table';
import { ChainToolbar } from '@/features/option-chain/components/chain-toolbar';
import { ExpiryTabs } from '@/features/option-chain/components/expiry-tabs';
import { LegSheet } from '@/features/option-chain/components/leg-sheet';
import { SummaryStrip } from '@/features/option-chain/components/summary-strip';
import { useChainPreferences, useKeptChain } from '@/features/option-chain/hooks/preferences';
import { useChainAddress } from '@/features/option-chain/hooks/use-chain-address';
import { useChainHotkeys } from '@/features/option-chain/hooks/use-chain-hotkeys';
import { chosenColumns, NARROW_COLUMNS } from '@/features/option-chain/model/columns';
import { legOf } from '@/features/option-chain/model/rows';
import { useIsNarrow } from '@/hooks/use-media-query';
import { announceOnce } from '@/lib/announce';
import { newIntentId } from '@/lib/ids';
import { expiriesQuery } from '@/lib/instruments/options';
import type { Action } from '@/lib/orders/schema';
import { t } from '@/messages/words';
import { addToBasket, MOST_LEGS } from '@/stores/basket';
import { openTicket } from '@/stores/ticket';

/** The option chain: the address says which, the server's one chain says Greeks and interest, the feed says prices. */
export function ChainPage() {
  useKeptChain();
  const address = useChainAddress();
  const menu = useQuery(expiriesQuery(address.of));
  const expiries = menu.data?.expiries ?? [];
  const expiry = address.expiry || expiries[0] || '';
  const exchange = menu.data?.exchange ?? '';
  const terms = menu.data && expiry ? { ...address.of, expiry, strikes: address.strikes } : null;
  const query = useQuery(chainQuery(terms));
  const chain = query.data;
  const { view, setView, columns, target } = useChainPreferences();
  const isNarrow = useIsNarrow();
  const [opened, setOpened] = useState<string | null>(null);

  const collect = useCallback(
    (leg: ChainLeg, action: Action) => collectLeg(leg, exchange, action),
    [exchange],
  );
  const trade = useCallback(
    (leg: ChainLeg, action: Action) => {
      if (target === 'basket') collect(leg, action);
      else openTicket({ symbol: leg.symbol, exchange, action });
    },
    [target, exchange, collect],
  );
  const rows = chain?.chain;
  const onCollect = useCallback(
    (symbol: string, action: Action) => {
      const leg = rows && legOf(rows, symbol);
      if (leg) collect(leg, action);
      return Boolean(leg);
    },
    [rows, collect],
  );
  const onView = useCallback(() => setView(view === 'prices' ? 'greeks' : 'prices'), [view, setView]);
  useChainHotkeys({ onView, onCollect: target === 'basket' ? onCollect : null });

  const open = useCallback((leg: ChainLeg) => setOpened(leg.symbol), []);
  const openedLeg = opened && rows ? legOf(rows, opened) : null;
  const failure = menu.error && !menu.data ? menu : query.error && !chain ? query : null;
  return (
    <section aria-label={t('Option chain')} className="flex min-h-0 flex-1 flex-col">
      <ChainToolbar address={address} />
      <ExpiryTabs expiries={expiries} current={expiry} hrefOf={address.hrefOf} />
      {chain && query.error ? <StaleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {failure ? (
        <ErrorState error={failure.error} onRetry={() => void failure.refetch()} />
      ) : menu.data && expiries.length === 0 ? (
        <EmptyState
          title={t('No options are listed on {{underlying}}', { underlying: address.of.underlying })}
        />
      ) : !chain ? (
        <LoadingChain />
      ) : chain.chain.length === 0 ? (
        <EmptyState title={t('No strikes are listed for this expiry')} />
      ) : (
        <>
          <SummaryStrip chain={chain} updatedAt={query.dataUpdatedAt} />
          <ChainTable
            key={`${chain.underlying}:${chain.expiry_date}`}
            chain={chain}
            exchange={exchange}
            columns={chosenColumns(isNarrow ? NARROW_COLUMNS[view] : columns[view])}
            onTrade={trade}
            onOpen={isNarrow ? open : undefined}
          />
        </>
      )}
      {openedLeg && (
        <LegSheet leg={openedLeg} exchange={exchange} onTrade={trade} onClose={() => setOpened(null)} />
      )}
    </section>
  );
}

function collectLeg(leg: ChainLeg, exchange: string, action: Action): void {
  const isTaken = addToBasket({
    symbol: leg.symbol,
    exchange,
    action,
    lotSize: leg.lotsize,
    tickSize: leg.tick_size,
  });
  if (isTaken)
    announceOnce(
      `basket:${newIntentId()}`,
      'info',
      t('{{action}} {{symbol}} in the basket', { action, symbol: leg.symbol }),
    );
  else announceOnce('basket:full', 'warning', t('A basket holds {{most}} legs at most', { most: MOST_LEGS }));
}

/** As tall as what follows, so that nothing jumps. */
function LoadingChain() {
  return (
    <div
      role="status"
      aria-label={t('Loading option chain')}
      className="flex min-h-0 flex-1 flex-col overflow-hidden"
    >
      <div className="flex min-h-7 items-center border-line border-b px-3">
        <Skeleton className="h-3.5 w-80" />
      </div>
      <div className="grid gap-1 p-3 pt-14">
        {Array.from({ length: 24 }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity.
          <Skeleton key={index} className="h-6" />
        ))}
      </div>
    </div>
  );
}
