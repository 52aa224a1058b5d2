import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import type { TableProps } from '@/components/data-table/types';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

/** The same rows on a phone: one card each, measured as they appear. */
export function CardList<Row>({
  rows,
  rowKey,
  card,
  describeRow,
  name,
  totals,
}: TableProps<Row> & { rows: readonly Row[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 72,
    overscan: 6,
  });
  return (
    <>
      <div ref={scroller} className="min-h-0 flex-1 overflow-auto">
        <ul
          aria-label={name}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: cards without buttons leave the keyboard nothing to scroll by
          tabIndex={0}
          className="relative outline-offset-[-2px]"
          style={{ height: virtual.getTotalSize() }}
        >
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const detail = describeRow?.(row);
            return (
              <li
                key={rowKey(row)}
                ref={virtual.measureElement}
                data-index={item.index}
                className={cn(
                  'absolute inset-x-0 border-line border-b px-3 py-2',
                  detail?.isDimmed && 'text-muted',
                )}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {card(row)}
              </li>
            );
          })}
        </ul>
      </div>
      {totals?.pnl && (
        <div className="flex items-center justify-between border-line-strong border-t bg-panel px-3 py-2 font-semibold">
          <span>{t('Total P&L')}</span>
          {totals.pnl}
        </div>
      )}
    </>
  );
}
