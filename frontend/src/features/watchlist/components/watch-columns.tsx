import type { Column } from '@/components/data-table/types';
import { DayChange, Ltp } from '@/components/market/live';
import { DayPrice, RupeeChange, Volume } from '@/features/watchlist/components/cells';
import type { Row } from '@/lib/watchlists/model';
import { t } from '@/messages/words';

/** The figures of a row in one line. A roomy one shows where the list is wide enough, or where it was chosen. */
export const WATCH_COLUMNS: Column<Row>[] = [
  {
    id: 'ltp',
    title: t('LTP'),
    width: 76,
    isFixed: true,
    cell: (row) => <Ltp of={row} className="font-medium text-sm" />,
  },
  { id: 'rupees', title: t('Change'), width: 64, isRoomy: true, cell: (row) => <RupeeChange of={row} /> },
  { id: 'change', title: '%', width: 52, cell: (row) => <DayChange of={row} /> },
  { id: 'volume', title: t('Volume'), width: 80, isRoomy: true, cell: (row) => <Volume of={row} /> },
  ...(['open', 'high', 'low', 'close'] as const).map(
    (field): Column<Row> => ({
      id: field,
      title: {
        open: t('Open', { context: 'price' }),
        high: t('High'),
        low: t('Low'),
        close: t('Previous close'),
      }[field],
      width: 72,
      isOptional: true,
      cell: (row) => <DayPrice of={row} field={field} />,
    }),
  ),
];

/** From which width of the list on a roomy figure shows. */
export function roomOf({ id, isRoomy }: Column<Row>): string {
  if (!isRoomy) return '';
  return id === 'volume' ? '@min-[28rem]:block hidden' : '@min-[22rem]:block hidden';
}
