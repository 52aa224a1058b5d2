import { Signed } from '@/components/market/live';
import type { PaperDay } from '@/features/paper/api/paper';
import { formatMoney } from '@/lib/format';

const SHOWN = 30;
const head = 'px-3 max-md:px-2 py-1 font-normal text-muted text-right first:text-left';
const cell = 'px-3 max-md:px-2 py-1 text-right tabular-nums first:text-left';

/** The latest days, today's unfinished figures on top. */
export function DayTable({ days }: { days: readonly PaperDay[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label="Days" tabIndex={0} className="max-h-72 overflow-auto border-line border-t">
      <table aria-label="Paper profit by day" className="w-full whitespace-nowrap text-xs">
        <thead className="sticky top-0 bg-panel">
          <tr>
            <th className={head}>Day</th>
            <th className={`${head} max-md:hidden`}>Realised</th>
            <th className={`${head} max-md:hidden`}>Charges</th>
            <th className={`${head} max-md:hidden`}>Open positions</th>
            <th className={`${head} max-md:hidden`}>Holdings</th>
            <th className={head}>Day total</th>
            <th className={head}>Portfolio value</th>
          </tr>
        </thead>
        <tbody>
          {days.slice(0, SHOWN).map((day) => (
            <tr key={day.date} className="border-line border-t">
              <td className={cell}>{day.date}</td>
              <td className={`${cell} max-md:hidden`}>
                <Signed value={day.realized_pnl} />
              </td>
              <td className={`${cell} max-md:hidden`}>{formatMoney(day.charges)}</td>
              <td className={`${cell} max-md:hidden`}>
                <Signed value={day.positions_unrealized_pnl} />
              </td>
              <td className={`${cell} max-md:hidden`}>
                <Signed value={day.holdings_unrealized_pnl} />
              </td>
              <td className={cell}>
                <Signed value={day.total_mtm} />
              </td>
              <td className={cell}>{formatMoney(day.portfolio_value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
