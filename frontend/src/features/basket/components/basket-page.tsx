import { Layers, Send } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router';
import { ColumnsMenu } from '@/components/data-table/columns-menu';
import { useTableLayout } from '@/components/data-table/use-table-layout';
import { OptionPickButton } from '@/components/market/option-pick-button';
import { SymbolPicker } from '@/components/market/symbol-picker';
import { Button } from '@/components/ui/button';
import { useBasketMargin } from '@/features/basket/api/margin';
import { legColumns } from '@/features/basket/components/leg-cells';
import { LegRow } from '@/features/basket/components/leg-row';
import { PayoffPanel } from '@/features/basket/components/payoff-panel';
import { SavedMenu } from '@/features/basket/components/saved-menu';
import { SendDialog } from '@/features/basket/components/send-dialog';
import { TemplatesDialog } from '@/features/basket/components/templates-dialog';
import { marginLegOf, payoffLegOf } from '@/features/basket/model/legs';
import { announceOnce } from '@/lib/announce';
import { useQuoteSnapshot } from '@/lib/instruments/queries';
import { type Instrument, isTradable } from '@/lib/instruments/schema';
import { useSession } from '@/lib/session/bootstrap';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';
import { MOST_LEGS, useBasket } from '@/stores/basket';

interface Facts {
  isSound: boolean;
  strike: number | null;
}

/** Baskets and strategies of several legs: built, weighed, saved and sent here. */
export function BasketPage() {
  const { legs, name, replace } = useBasket();
  const [judged, setJudged] = useState<Readonly<Record<string, Facts>>>({});
  const [dialog, setDialog] = useState<'templates' | 'send' | null>(null);
  const layout = useTableLayout('basket', legColumns(legs), 'baskets');
  const { account } = useSession();
  const { word } = useStakes();
  const on = legs.filter((leg) => leg.isOn);
  const isSound = on.length > 0 && on.every((leg) => judged[leg.id]?.isSound);
  const margin = useBasketMargin(isSound ? on.map(marginLegOf) : []);
  const onJudged = useCallback(
    (id: string, facts: Facts) =>
      setJudged((now) =>
        now[id]?.isSound === facts.isSound && now[id]?.strike === facts.strike
          ? now
          : { ...now, [id]: facts },
      ),
    [],
  );
  const strikes = useMemo(
    () => legs.flatMap((leg) => (leg.isOn && judged[leg.id]?.strike ? [judged[leg.id]?.strike ?? 0] : [])),
    [legs, judged],
  );
  useQuoteSnapshot(legs);
  const isConnected = account?.session.state === 'valid';
  return (
    <section aria-label={t('Basket')} className="flex min-h-0 flex-1 flex-col overflow-y-auto">
      <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-2 border-line border-b px-3 py-1">
        <h1 className="font-semibold text-base">
          {t('Basket')} {name && <span className="font-normal text-muted text-xs">{name}</span>}
        </h1>
        <Button size="sm" onClick={() => setDialog('templates')}>
          <Layers /> {t('Strategies')}
        </Button>
        <AddLeg />
        <SavedMenu />
        <Button size="sm" variant="ghost" disabled={legs.length === 0} onClick={() => replace([])}>
          {t('Clear')}
        </Button>
        {legs.length > 0 && (
          <span className="max-md:hidden">
            <ColumnsMenu layout={layout} isIcon />
          </span>
        )}
        <Button asChild size="sm" variant="ghost">
          <Link to="/optionchain">{t('Option chain')}</Link>
        </Button>
        <Button
          size="sm"
          variant="primary"
          className="ml-auto"
          disabled={!isSound || !isConnected}
          onClick={() => setDialog('send')}
        >
          <Send /> {t('Send {{word}} basket', { word })}
          {on.length > 0 && ` (${on.length})`}
        </Button>
      </div>
      {legs.length > 0 && (
        <ol aria-label={t('Legs')} className="shrink-0">
          {legs.map((leg, index) => (
            <LegRow
              key={leg.id}
              leg={leg}
              columns={layout.visible}
              number={index + 1}
              isLast={index === legs.length - 1}
              onJudged={onJudged}
            />
          ))}
        </ol>
      )}
      <PayoffPanel
        legs={on.map(payoffLegOf)}
        strikes={strikes}
        margin={{
          needed: isSound ? (margin.data?.total_margin_required ?? null) : null,
          benefit: isSound ? (margin.data?.margin_benefit ?? null) : null,
          isMissing: isSound && Boolean(margin.error),
        }}
      />
      {dialog === 'templates' && <TemplatesDialog onClose={() => setDialog(null)} />}
      {dialog === 'send' && (
        <SendDialog
          legs={on}
          onClose={() => setDialog(null)}
          onClear={() => {
            replace([]);
            setDialog(null);
          }}
        />
      )}
    </section>
  );
}

/** Legs by their symbol, or options by their place: the dialog stays for the next one. */
function AddLeg() {
  const add = useBasket((state) => state.add);
  const onPick = ({ symbol, exchange, lotsize, tick_size }: Instrument) => {
    if (!isTradable(exchange))
      announceOnce(
        `index:${symbol}`,
        'warning',
        t('{{symbol}} is an index and cannot be traded', { symbol }),
      );
    else if (!add({ symbol, exchange, action: 'BUY', lotSize: lotsize || 1, tickSize: tick_size }))
      announceOnce('basket:full', 'warning', t('A basket holds {{most}} legs at most', { most: MOST_LEGS }));
  };
  return (
    <>
      <div className="w-44 [&_input]:h-7 max-md:min-w-40 max-md:flex-1">
        <SymbolPicker label={t('Add a leg')} placeholder={t('Add a leg: nifty 24000 ce…')} onPick={onPick} />
      </div>
      <OptionPickButton isKeptOpen submitLabel={t('Add a leg')} onPick={onPick} />
    </>
  );
}
