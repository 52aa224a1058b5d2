import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import { ChipFilter } from '@/components/filters/filter-bar';
import { Button } from '@/components/ui/button';
import { type Gtt, gttsQuery, isActive, type Scope } from '@/features/gtts/api/get-gtts';
import { useCancelGtt } from '@/features/gtts/api/write-gtts';
import {
  type GttActions,
  GttButtons,
  GttStateBadge,
  gttColumns,
  HolderBadge,
  pricesText,
  SideText,
  triggersText,
} from '@/features/gtts/components/gtt-columns';
import { GttDialog } from '@/features/gtts/components/gtt-dialog';
import { useUrlState } from '@/hooks/use-url-state';
import { formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

const SCOPE_CHIPS: { value: Scope; label: string }[] = [
  { value: 'active', label: t('Waiting') },
  { value: 'all', label: t('All') },
];

function GttCard({ gtt, ...actions }: GttActions & { gtt: Gtt }) {
  return (
    <div className="grid gap-1">
      <div className="flex items-center gap-2">
        <SideText gtt={gtt} />
        <span className="font-medium">{gtt.symbol}</span>
        <span className="ml-auto inline-flex gap-1">
          <HolderBadge gtt={gtt} />
          <GttStateBadge gtt={gtt} />
        </span>
      </div>
      {gtt.reason && <p className="text-down text-xs">{gtt.reason}</p>}
      <div className="flex items-center text-muted text-xs tabular-nums">
        <span>
          {t('{{quantity}} {{product}} · at {{triggers}} order {{prices}}', {
            quantity: formatQuantity(gtt.legs[0]?.quantity),
            product: gtt.legs[0]?.product ?? '',
            triggers: triggersText(gtt),
            prices: pricesText(gtt),
          })}
        </span>
        <span className="ml-auto">
          <GttButtons gtt={gtt} {...actions} />
        </span>
      </div>
    </div>
  );
}

export function GttBook() {
  const { read, set } = useUrlState();
  const scope: Scope = read('status') === 'all' ? 'all' : 'active';
  const query = useQuery(gttsQuery(scope));
  const { mutate: cancel, isPending } = useCancelGtt();
  // null: closed, 'new': an empty dialog.
  const [open, setOpen] = useState<Gtt | 'new' | null>(null);
  const actions = useMemo<GttActions>(
    () => ({ onChange: setOpen, onCancel: cancel, isBusy: isPending }),
    [cancel, isPending],
  );
  const columns = useMemo(() => gttColumns(actions), [actions]);
  return (
    <>
      <DataTable
        book="gtts"
        name="GTT orders"
        columns={columns}
        source={loadable(query, query.data)}
        rowKey={(gtt) => gtt.trigger_id}
        defaultSort={{ id: 'created_at', isDescending: true }}
        describeRow={(gtt) => ({ instrument: gtt, isDimmed: !isActive(gtt) && gtt.status !== 'firing' })}
        card={(gtt) => <GttCard gtt={gtt} {...actions} />}
        empty={{
          title: t('No GTT waits'),
          hint: t('A GTT sends its order when the price gets there: today, or on any day until it ends.'),
        }}
        toolbar={
          <>
            <h1 className="font-semibold text-base">{t('GTT orders')}</h1>
            <ChipFilter
              label={t('State')}
              value={scope}
              options={SCOPE_CHIPS}
              onChange={(value) => set('status', value === 'all' ? value : null)}
            />
            <Button size="sm" onClick={() => setOpen('new')}>
              {t('New GTT')}
            </Button>
          </>
        }
      />
      {open && <GttDialog gtt={open === 'new' ? null : open} onClose={() => setOpen(null)} />}
    </>
  );
}
