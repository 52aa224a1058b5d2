import { Download } from 'lucide-react';
import type { Column } from '@/components/data-table/types';
import { useIsTight } from '@/components/filters/toolbar';
import { Button } from '@/components/ui/button';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { cn } from '@/lib/cn';
import { type CsvColumn, downloadCsv, toCsv } from '@/lib/csv';
import { t } from '@/messages/words';

function exported<Row>(columns: readonly Column<Row>[]): CsvColumn<Row>[] {
  return columns.flatMap(({ title, value, isScreenOnly }) =>
    value && !isScreenOnly ? [{ title, value }] : [],
  );
}

interface CsvMenuProps<Row> {
  name: string;
  /** As on screen. */
  visible: readonly Column<Row>[];
  rows: readonly Row[];
  every: readonly Column<Row>[];
  allRows: readonly Row[];
}

/** The table as a file: as it is shown, or every row and column of the book. */
export function CsvMenu<Row>({ name, visible, rows, every, allRows }: CsvMenuProps<Row>) {
  const isTight = useIsTight();
  const save = (columns: readonly Column<Row>[], of: readonly Row[]) =>
    downloadCsv(
      `${name.toLowerCase().replaceAll(/[^\p{L}\p{N}\p{M}]+/gu, '-')}.csv`,
      toCsv(exported(columns), of),
    );
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" size="sm" title={isTight ? 'CSV' : undefined}>
          <Download /> <span className={cn(isTight && 'sr-only')}>CSV</span>
        </Button>
      </MenuTrigger>
      <MenuContent>
        <MenuItem onSelect={() => save(visible, rows)}>
          {t('What is shown ({{count}} rows)', { count: rows.length, one: 'What is shown ({{count}} row)' })}
        </MenuItem>
        <MenuItem onSelect={() => save(every, allRows)}>
          {t('All rows and columns ({{count}} rows)', {
            count: allRows.length,
            one: 'All rows and columns ({{count}} row)',
          })}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
