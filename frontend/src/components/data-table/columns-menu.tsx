import { ArrowDown, ArrowUp, Columns3 } from 'lucide-react';
import { isShown } from '@/components/data-table/layout';
import type { TableLayout } from '@/components/data-table/use-table-layout';
import { useIsTight } from '@/components/filters/toolbar';
import { Button } from '@/components/ui/button';
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

/** Which columns a table shows and in which order; kept for this table. */
export function ColumnsMenu<Row>({ layout, isIcon }: { layout: TableLayout<Row>; isIcon?: boolean }) {
  const isTight = useIsTight() || isIcon;
  const named = layout.everyColumn.filter((column) => column.title !== '');
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button variant="ghost" size={isIcon ? 'iconXs' : 'sm'} title={isTight ? t('Columns') : undefined}>
          <Columns3 /> <span className={cn(isTight && 'sr-only')}>{t('Columns')}</span>
        </Button>
      </PopoverTrigger>
      <PopoverContent aria-label={t('Columns')} className="w-60">
        <ul>
          {named.map((column, place) => (
            <li key={column.id} className="flex items-center gap-1 rounded px-1 hover:bg-hover">
              <label className="flex min-h-7 min-w-0 flex-1 cursor-pointer items-center gap-2 max-md:min-h-10">
                <input
                  type="checkbox"
                  className="size-4 accent-[var(--accent)]"
                  checked={isShown(column, layout.layout)}
                  disabled={column.isFixed}
                  onChange={(event) => layout.show(column.id, event.target.checked)}
                />
                <span className="truncate">{column.title}</span>
              </label>
              <Button
                size="iconXs"
                variant="ghost"
                disabled={place === 0}
                aria-label={t('Move {{column}} left', { column: column.title })}
                onClick={() => layout.move(column.id, -1)}
              >
                <ArrowUp />
              </Button>
              <Button
                size="iconXs"
                variant="ghost"
                disabled={place === named.length - 1}
                aria-label={t('Move {{column}} right', { column: column.title })}
                onClick={() => layout.move(column.id, 1)}
              >
                <ArrowDown />
              </Button>
            </li>
          ))}
        </ul>
        <div className="mt-1 border-line border-t pt-1">
          <Button size="sm" variant="ghost" disabled={layout.isPlain} onClick={layout.reset}>
            {t('As they were')}
          </Button>
        </div>
      </PopoverContent>
    </Popover>
  );
}
