import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import { ChipFilter, SelectFilter } from '@/components/filters/filter-bar';
import { Button } from '@/components/ui/button';
import { exitsOf, exitsQuery } from '@/features/positions/api/exits';
import { type Position, positionsQuery } from '@/features/positions/api/get-positions';
import { CloseAllDialog, ClosePositionDialog } from '@/features/positions/components/close-dialogs';
import { LiveTotalPnl } from '@/features/positions/components/live-pnl';
import { PositionCard } from '@/features/positions/components/position-card';
import { positionColumns } from '@/features/positions/components/position-columns';
import { ProtectDialog } from '@/features/positions/components/protect-dialog';
import { RunningExits } from '@/features/positions/components/running-exits';
import { useUrlState } from '@/hooks/use-url-state';

function isOpen(position: Position): boolean {
  return position.quantity !== 0;
}

interface PositionBookProps {
  /** The dashboard shows what is open and leaves flat positions to the positions page. */
  isOpenOnly?: boolean;
}

export function PositionBook({ isOpenOnly }: PositionBookProps) {
  const query = useQuery(positionsQuery);
  const { read, set } = useUrlState();
  const [closing, setClosing] = useState<Position | null>(null);
  const [isClosingAll, setIsClosingAll] = useState(false);
  const [protecting, setProtecting] = useState<Position | null>(null);
  const { data: exits } = useQuery(exitsQuery);
  const columns = useMemo(
    () => positionColumns({ exits, onClose: setClosing, onProtect: setProtecting }),
    [exits],
  );
  const show = isOpenOnly ? 'open' : read('show');
  const product = isOpenOnly ? '' : read('product');
  const all = query.data;
  const open = useMemo(() => all?.filter(isOpen) ?? [], [all]);
  const shown = useMemo(
    () =>
      all?.filter(
        (position) =>
          (!product || position.product === product) &&
          (show !== 'open' || isOpen(position)) &&
          (show !== 'closed' || !isOpen(position)),
      ),
    [all, show, product],
  );
  const heading = isOpenOnly ? 'Open positions' : 'Positions';

  return (
    <>
      <DataTable
        name={heading}
        columns={columns}
        source={loadable(query, shown)}
        rowKey={(p) => `${p.exchange}:${p.symbol}:${p.product}`}
        describeRow={(p) => ({
          instrument: { ...p, quantity: Math.abs(p.quantity) || undefined },
          isDimmed: !isOpen(p),
        })}
        card={(position) => (
          <PositionCard
            position={position}
            exit={exitsOf(exits, position)}
            onClose={setClosing}
            onProtect={setProtecting}
          />
        )}
        totals={{
          symbol: shown && `${shown.length} ${shown.length === 1 ? 'position' : 'positions'}`,
          pnl: <LiveTotalPnl positions={shown ?? []} />,
        }}
        hasFilter={!isOpenOnly && Boolean(show || product)}
        onClearFilter={() => {
          set('show', null);
          set('product', null);
        }}
        empty={{
          title: 'No open positions',
          hint: 'Press B or S on any instrument to open the order ticket.',
        }}
        toolbar={
          <>
            {isOpenOnly ? (
              <h2 className="font-semibold text-base">{heading}</h2>
            ) : (
              <>
                <h1 className="font-semibold text-base">{heading}</h1>
                <ChipFilter
                  label="Show"
                  value={show}
                  options={[
                    { value: '', label: 'All', count: all?.length },
                    { value: 'open', label: 'Open', count: open.length },
                    { value: 'closed', label: 'Closed', count: (all?.length ?? 0) - open.length },
                  ]}
                  onChange={(value) => set('show', value)}
                />
                <SelectFilter
                  label="Product"
                  value={product}
                  options={['CNC', 'MIS', 'NRML']}
                  onChange={(value) => set('product', value)}
                />
              </>
            )}
            <Button size="sm" disabled={open.length === 0} onClick={() => setIsClosingAll(true)}>
              Close all{open.length > 0 && ` (${open.length})`}
            </Button>
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
      <CloseAllDialog positions={open} isOpen={isClosingAll} onClose={() => setIsClosingAll(false)} />
    </>
  );
}
