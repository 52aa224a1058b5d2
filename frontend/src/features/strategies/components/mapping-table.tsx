import { Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { Ltp } from '@/components/market/live';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/states';
import type { Mapping, StrategyView } from '@/features/strategies/api/get-strategies';
import { useRemoveMapping } from '@/features/strategies/api/write-strategies';
import { MappingDialog } from '@/features/strategies/components/mapping-dialog';
import { MappingLinesDialog } from '@/features/strategies/components/mapping-lines-dialog';
import { formatQuantity } from '@/lib/format';
import { useQuoteSnapshot } from '@/lib/instruments/queries';
import { t } from '@/messages/words';

const HEAD = 'h-7 px-2 text-left font-normal text-muted text-xs';

/** What the strategy may trade: a message about any other symbol is refused. */
export function MappingTable({ strategy }: { strategy: StrategyView }) {
  const [open, setOpen] = useState<Mapping | 'new' | 'lines' | null>(null);
  const { mutate: remove, isPending } = useRemoveMapping(strategy.id);
  const { mappings } = strategy;
  useQuoteSnapshot(mappings);
  const close = () => setOpen(null);
  return (
    <section aria-label={t('Symbols')} className="min-w-0 border-line border-b">
      <div className="flex items-center gap-2 px-3 py-2">
        <h2 className="font-semibold">{t('Symbols')}</h2>
        <Button size="sm" className="ml-auto" onClick={() => setOpen('lines')}>
          {t('Add several')}
        </Button>
        <Button size="sm" onClick={() => setOpen('new')}>
          {t('Add symbol')}
        </Button>
      </div>
      {mappings.length === 0 ? (
        <EmptyState
          title={t('Nothing is traded yet')}
          hint={t('Add the symbols that alerts may name, with quantity and product.')}
        />
      ) : (
        <table aria-label={t('Symbols')} className="w-full text-sm tabular-nums">
          <thead className="border-line border-b">
            <tr>
              <th scope="col" className={`${HEAD} pl-3`}>
                {t('Symbol')}
              </th>
              <th scope="col" className={HEAD}>
                {t('Product')}
              </th>
              <th scope="col" className={`${HEAD} text-right`}>
                {t('Qty')}
              </th>
              <th scope="col" className={`${HEAD} text-right`}>
                LTP
              </th>
              <th scope="col" className={HEAD}>
                <span className="sr-only">{t('Actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {mappings.map((mapping) => (
              <tr
                key={mapping.id}
                data-symbol={mapping.symbol}
                data-exchange={mapping.exchange}
                className="h-8 border-line border-b last:border-b-0 hover:bg-hover"
              >
                <td className="pl-3">
                  <InstrumentLabel {...mapping} />
                </td>
                <td className="px-2">{mapping.product_type}</td>
                <td className="px-2 text-right">{formatQuantity(mapping.quantity)}</td>
                <td className="px-2 text-right">
                  <Ltp of={mapping} />
                </td>
                <td className="pr-3 text-right">
                  <span className="inline-flex gap-1">
                    <Button
                      size="iconXs"
                      aria-label={t('Change {{name}}', { name: mapping.symbol })}
                      onClick={() => setOpen(mapping)}
                    >
                      <Pencil />
                    </Button>
                    <Button
                      size="iconXs"
                      disabled={isPending}
                      aria-label={t('Remove {{name}}', { name: mapping.symbol })}
                      onClick={() => remove(mapping)}
                    >
                      <Trash2 />
                    </Button>
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {open === 'lines' && <MappingLinesDialog strategy={strategy} onClose={close} />}
      {open && open !== 'lines' && (
        <MappingDialog strategy={strategy} mapping={open === 'new' ? null : open} onClose={close} />
      )}
    </section>
  );
}
