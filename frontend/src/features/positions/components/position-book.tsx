import { useQuery } from '@tanstack/react-query';
import { Layers } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useNavigate } from 'react-router';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Grouping } from '@/components/data-table/types';
import { useRowSelection } from '@/components/data-table/use-row-selection';
import { ChipFilter } from '@/components/filters/filter-bar';
import { RowFilterBar } from '@/components/filters/row-filters';
import { BookHeading } from '@/components/filters/toolbar';
import { chartPath } from '@/components/market/chart-link';
import { LiveTotal, Signed } from '@/components/market/live';
import { Button } from '@/components/ui/button';
import { placeOf } from '@/features/positions/api/close-position';
import { exitsOf, exitsQuery } from '@/features/positions/api/exits';
import { type Position, positionsQuery } from '@/features/positions/api/get-positions';
import { ClosePositionDialog, ClosePositionsDialog } from '@/features/positions/components/close-dialogs';
import { LiveTotalPnl } from '@/features/positions/components/live-pnl';
import { NetGreeks } from '@/features/positions/components/net-greeks';
import { PositionCard } from '@/features/positions/components/position-card';
import { positionColumns } from '@/features/positions/components/position-columns';
import { ProtectDialog } from '@/features/positions/components/protect-dialog';
import { RunningExits } from '@/features/positions/components/running-exits';
import { totalExposure, totalRealised } from '@/features/positions/hooks/exposure';
import { isOpen, usePositionFilters } from '@/features/positions/hooks/use-position-filters';
import { useIsNarrow } from '@/hooks/use-media-query';
import { formatPrice } from '@/lib/format';
import { underlyingOf } from '@/lib/instruments/underlying';
import { t } from '@/messages/words';

const LABELS = {
  product: t('Product'),
  exchange: t('Exchange'),
  direction: t('Direction'),
  underlying: t('Underlying'),
};

function describe(position: Position) {
  return {
    instrument: { ...position, quantity: Math.abs(position.quantity) || undefined },
    isDimmed: !isOpen(position),
  };
}

/** Figures over several positions, by column. */
function sums(positions: readonly Position[]) {
  return {
    pnl: <LiveTotalPnl positions={positions} />,
    exposure: (
      <LiveTotal
        of={positions}
        total={(ltpOf) => totalExposure(positions, ltpOf)}
        format={formatPrice}
        isToned={false}
      />
    ),
    realized_pnl: <Signed value={totalRealised(positions) || null} />,
  };
}

const BY_UNDERLYING: Grouping<Position> = {
  groupOf: underlyingOf,
  cells: (_group, positions) => sums(positions),
  detail: (_group, positions) => <NetGreeks positions={positions} />,
};

interface Exiting {
  positions: readonly Position[];
  isAll: boolean;
}

/** What one press of the button would close: what is marked, else what the filters leave, else everything open. */
function useExiting(
  all: readonly Position[] | undefined,
  shown: readonly Position[] | undefined,
  selected: readonly Position[],
  hasFilter: boolean,
): Exiting & { label: string } {
  return useMemo(() => {
    if (selected.length > 0)
      return { positions: selected.filter(isOpen), isAll: false, label: t('Close selected') };
    if (hasFilter)
      return { positions: shown?.filter(isOpen) ?? [], isAll: false, label: t('Close filtered') };
    return { positions: all?.filter(isOpen) ?? [], isAll: true, label: t('Close all') };
  }, [all, shown, selected, hasFilter]);
}

interface PositionBookProps {
  /** The dashboard shows what is open and leaves flat positions to the positions page. */
  isOpenOnly?: boolean;
}

export function PositionBook({ isOpenOnly }: PositionBookProps) {
  const query = useQuery(positionsQuery);
  const navigate = useNavigate();
  const [closing, setClosing] = useState<Position | null>(null);
  const [exiting, setExiting] = useState<Exiting | null>(null);
  const [protecting, setProtecting] = useState<Position | null>(null);
  const { data: exits } = useQuery(exitsQuery);
  const columns = useMemo(
    () => positionColumns({ exits, onClose: setClosing, onProtect: setProtecting }),
    [exits],
  );
  const all = query.data;
  const filters = usePositionFilters(all, isOpenOnly ? 'open' : undefined);
  const { shown } = filters;
  const { selection, selected, clear } = useRowSelection(shown, placeOf);
  const { label, ...next } = useExiting(all, shown, selected, filters.hasFilter);
  const heading = isOpenOnly ? t('Open positions') : t('Positions');
  const isNarrow = useIsNarrow();
  // On a phone beside the heading, or it would stand in a row of its own.
  const closeButton = (
    <Button
      size="sm"
      className="max-md:ml-auto"
      disabled={next.positions.length === 0}
      onClick={() => setExiting(next)}
    >
      {label}
      {next.positions.length > 0 && ` (${next.positions.length})`}
    </Button>
  );

  return (
    <>
      <DataTable
        book="positions"
        name={heading}
        columns={columns}
        source={loadable(query, shown)}
        allRows={all}
        rowKey={placeOf}
        describeRow={describe}
        {...(!isOpenOnly && { selection })}
        {...(filters.isGrouped && { grouping: BY_UNDERLYING })}
        onOpen={(position) => void navigate(chartPath(position))}
        card={(position) => (
          <PositionCard
            position={position}
            exit={exitsOf(exits, position)}
            onClose={setClosing}
            onProtect={setProtecting}
          />
        )}
        totals={{
          ...sums(shown ?? []),
          symbol: shown && t('{{count}} positions', { count: shown.length, one: '{{count}} position' }),
        }}
        hasFilter={filters.hasFilter}
        onClearFilter={filters.clear}
        empty={{
          title: t('No open positions'),
          hint: t('Press B or S on any instrument to open the order ticket.'),
        }}
        toolbar={
          <>
            {isOpenOnly ? (
              <>
                <h2 className="font-semibold text-base">{heading}</h2>
                {isNarrow && closeButton}
              </>
            ) : (
              <>
                <BookHeading>{heading}</BookHeading>
                {isNarrow && closeButton}
                <Filters filters={filters} all={all} />
              </>
            )}
            {!isNarrow && closeButton}
          </>
        }
      />
      {!isOpenOnly && <RunningExits />}
      {protecting && (
        <ProtectDialog
          position={protecting}
          running={exitsOf(exits, protecting)}
          onClose={() => setProtecting(null)}
        />
      )}
      {closing && <ClosePositionDialog position={closing} onClose={() => setClosing(null)} />}
      {exiting && (
        <ClosePositionsDialog
          {...exiting}
          onClose={() => {
            setExiting(null);
            clear();
          }}
        />
      )}
    </>
  );
}

interface FiltersProps {
  filters: ReturnType<typeof usePositionFilters>;
  all: readonly Position[] | undefined;
}

function Filters({ filters, all }: FiltersProps) {
  const open = all?.filter(isOpen).length ?? 0;
  return (
    <>
      <ChipFilter
        label={t('Show')}
        value={filters.show}
        options={[
          { value: '', label: t('All'), count: all?.length },
          { value: 'open', label: t('Open', { context: 'status' }), count: open },
          { value: 'closed', label: t('Closed'), count: (all?.length ?? 0) - open },
        ]}
        onChange={(value) => filters.set('show', value)}
      />
      <RowFilterBar filters={filters} labels={LABELS} textLabel={t('Symbol')} />
      <Button
        size="sm"
        variant="ghost"
        aria-pressed={filters.isGrouped}
        onClick={() => filters.group(!filters.isGrouped)}
      >
        <Layers /> {t('Group')}
      </Button>
    </>
  );
}
