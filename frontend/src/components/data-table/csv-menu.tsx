import { Download } from 'lucide-react';
import type { Column } from '@/components/data-table/types';
import { Button } from '@/components/ui/button';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { type CsvColumn, downloadCsv, toCsv } from '@/lib/csv';

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
  const save = (columns: readonly Column<Row>[], of: readonly Row[]) =>
    downloadCsv(`${name.toLowerCase().replaceAll(/\W+/g, '-')}.csv`, toCsv(exported(columns), of));
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" size="sm">
          <Download /> CSV
        </Button>
      </MenuTrigger>
      <MenuContent>
        <MenuItem onSelect={() => save(visible, rows)}>What is shown ({rows.length} rows)</MenuItem>
        <MenuItem onSelect={() => save(every, allRows)}>
          All rows and columns ({allRows.length} rows)
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
