import { SelectFilter, TextFilter } from '@/components/filters/filter-bar';
import { Folded } from '@/components/filters/toolbar';
import type { RowFilters } from '@/hooks/use-row-filters';

interface RowFilterBarProps<Row> {
  filters: RowFilters<Row>;
  /** What each field is called, by name. */
  labels: Readonly<Record<string, string>>;
  textLabel: string;
}

/** A choice for every field in which the rows differ, and a box for text. */
export function RowFilterBar<Row>({ filters, labels, textLabel }: RowFilterBarProps<Row>) {
  const choices = Object.entries(labels).flatMap(([name, label]) => {
    const options = filters.options[name] ?? [];
    const value = filters.values[name] ?? '';
    if (options.length < 2 && !value) return [];
    return [
      { name, label, value, options: value && !options.includes(value) ? [...options, value] : options },
    ];
  });
  return (
    <>
      {choices.length > 0 && (
        <Folded set={choices.filter(({ value }) => value).length}>
          {choices.map(({ name, ...choice }) => (
            <SelectFilter key={name} {...choice} onChange={(next) => filters.set(name, next)} />
          ))}
        </Folded>
      )}
      <TextFilter label={textLabel} value={filters.text} onChange={(text) => filters.set('q', text)} />
    </>
  );
}
