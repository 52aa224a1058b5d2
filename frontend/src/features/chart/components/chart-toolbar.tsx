import type { ReactNode } from 'react';
import { DayChange, Ltp } from '@/components/market/live';
import { SymbolPicker } from '@/components/market/symbol-picker';
import { TradeButtons } from '@/components/market/trade-buttons';
import { Select } from '@/components/ui/input';
import { Segmented } from '@/components/ui/segmented';
import type { Drawing } from '@/features/chart/api/preferences';
import { intervalName } from '@/features/chart/bars/intervals';
import { IndicatorSettings } from '@/features/chart/components/indicator-settings';
import { LookSettings } from '@/features/chart/components/look-settings';
import type { ChartLook } from '@/features/chart/view/look';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { t } from '@/messages/words';

const FAVOURITES = ['1m', '5m', '15m', '1h', 'D', 'W'];

interface ChartToolbarProps {
  of: InstrumentRef;
  tickSize: number | null;
  interval: string;
  intervals: readonly string[];
  drawing: Drawing & { isOwn: boolean };
  look: ChartLook;
  isLoadingOlder: boolean;
  isPanel?: boolean;
  badge?: ReactNode;
  onPick: (ref: InstrumentRef) => void;
  onInterval: (interval: string) => void;
  onDrawing: (drawing: Drawing & { isOwn: boolean }) => void;
  onLook: (look: ChartLook) => void;
}

export function ChartToolbar(props: ChartToolbarProps) {
  const { of, interval, intervals } = props;
  const Heading = props.isPanel ? 'h2' : 'h1';
  const favourites = FAVOURITES.filter((one) => intervals.includes(one));
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1.5 border-line border-b px-2 py-1.5">
      {props.badge}
      <Heading className="font-semibold text-base">
        {of.symbol} <span className="font-normal text-2xs text-muted">{of.exchange}</span>
        <span className="sr-only"> {t('chart')}</span>
      </Heading>
      <span className="flex items-baseline gap-2">
        <Ltp of={of} tickSize={props.tickSize} className="font-semibold text-base" />
        <DayChange of={of} />
      </span>
      <TradeButtons of={of} />
      {favourites.length > 1 && (
        <Segmented
          label={t('Frequent intervals')}
          className={props.isPanel ? 'hidden' : 'h-7 max-lg:hidden'}
          value={interval}
          options={favourites.map((value) => ({ value, label: value }))}
          onChange={props.onInterval}
        />
      )}
      <Select
        aria-label={t('Interval')}
        className="h-7 w-28 max-md:h-8"
        value={interval}
        onChange={(event) => props.onInterval(event.target.value)}
      >
        {intervals.map((one) => (
          <option key={one} value={one}>
            {intervalName(one)}
          </option>
        ))}
      </Select>
      <LookSettings value={props.look} onChange={props.onLook} />
      <IndicatorSettings symbol={props.of.symbol} value={props.drawing} onChange={props.onDrawing} />
      {props.isLoadingOlder && (
        <span role="status" className="text-2xs text-muted">
          {t('Loading older bars…')}
        </span>
      )}
      <div className={props.isPanel ? 'ml-auto w-36' : 'ml-auto w-52 max-md:w-32 max-md:flex-1'}>
        <SymbolPicker
          label={t('Instrument of the chart')}
          placeholder={t('Other instrument')}
          onPick={props.onPick}
        />
      </div>
    </div>
  );
}
