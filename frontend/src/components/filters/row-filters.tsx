import { SelectFilter, TextFilter } from '@/components/filters/filter-bar';
import { useIsNarrow } from '@/hooks/use-media-query';
import type { RowFilters } from '@/hooks/use-row-filters';
import { t } from '@/messages/words';

interface RowFilterBarProps<Row> {
  filters: RowFilters<Row>;
  /** What each field is called, by name. */
  labels: Readonly<Record<string, string>>;
  textLabel: string;
}

/** A choice for every field in which the rows differ, and a box for text; folded on a phone, where rows matter more. */
export function RowFilterBar<Row>(props: RowFilterBarProps<Row>) {
  const isNarrow = useIsNarrow();
  const { filters } = props;
  const set = Object.values(filters.values).filter(Boolean).length + (filters.text ? 1 : 0);
  if (!isNarrow) return <Controls {...props} />;
  return (
    <details open={set > 0} className="w-full">
      <summary className="min-h-8 py-1.5 text-muted text-xs">
        {t('Filters')}
        {set > 0 && ` (${set})`}
      </summary>
      <div className="flex flex-wrap gap-2 pb-1">
        <Controls {...props} />
      </div>
    </details>
  );
}

function Controls<Row>({ filters, labels, textLabel }: RowFilterBarProps<Row>) {
  return (
    <>
      {Object.entries(labels).map(([name, label]) => {
        const options = filters.options[name] ?? [];
        const value = filters.values[name] ?? '';
        if (options.length < 2 && !value) return null;
        return (
          <SelectFilter
            key={name}
            label={label}
            value={value}
            options={value && !options.includes(value) ? [...options, value] : options}
            onChange={(next) => filters.set(name, next)}
          />
        );
      })}
      <TextFilter label={textLabel} value={filters.text} onChange={(text) => filters.set('q', text)} />
    </>
  );
}
