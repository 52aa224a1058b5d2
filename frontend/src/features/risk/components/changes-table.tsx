import { useQuery } from '@tanstack/react-query';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { type RiskChange, riskChangesQuery } from '@/features/risk/api/get-risk';
import { t } from '@/messages/words';

function shown(value: unknown): string {
  if (value === null || value === undefined || value === false) return t('off');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What a change did, in one line. */
export function told(change: RiskChange): string {
  if (change.kind === 'kill_switch')
    return change.after.engaged ? t('New orders stopped') : t('New orders let through');
  return Object.keys(change.after)
    .map((name) => `${name}: ${shown(change.before[name])} → ${shown(change.after[name])}`)
    .join(' · ');
}

const COLUMNS: Column<RiskChange>[] = [
  { id: 'at_ist', title: t('When'), cell: (row) => row.at_ist, value: (row) => row.at_ist, width: 150 },
  { id: 'by', title: t('Who'), cell: (row) => row.by, value: (row) => row.by, width: 110 },
  { id: 'scope', title: t('Scope'), cell: (row) => row.scope, value: (row) => row.scope, width: 160 },
  { id: 'what', title: t('Change'), cell: told, value: told, isStretched: true },
  { id: 'reason', title: t('Reason'), cell: (row) => row.reason, value: (row) => row.reason, width: 200 },
];

export function ChangesTable() {
  const query = useQuery(riskChangesQuery);
  return (
    <DataTable
      name={t('Changes')}
      columns={COLUMNS}
      source={loadable(query, query.data?.changes)}
      rowKey={(row) => String(row.id)}
      defaultSort={{ id: 'at_ist', isDescending: true }}
      card={(row) => (
        <div className="grid gap-0.5">
          <p>{told(row)}</p>
          <p className="text-muted text-xs">
            {row.at_ist} · {row.by} · {row.scope} {row.reason && `· ${row.reason}`}
          </p>
        </div>
      )}
      empty={{
        title: t('Nothing was changed yet'),
        hint: t('Every change of limits and switches is kept here.'),
      }}
      toolbar={<h2 className="font-semibold">{t('Changes')}</h2>}
    />
  );
}
