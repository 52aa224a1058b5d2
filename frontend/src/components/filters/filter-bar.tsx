import { Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { Input } from '@/components/ui/input';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

interface TextFilterProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

export function TextFilter({ label, value, onChange }: TextFilterProps) {
  return (
    <span className="gives-way relative w-44 min-w-24 max-md:w-auto max-md:min-w-28 max-md:flex-1">
      <Search
        className="pointer-events-none absolute top-1/2 left-2 size-3.5 -translate-y-1/2 text-muted"
        aria-hidden
      />
      <Input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="h-7 pl-7 max-md:h-9"
      />
    </span>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly { value: string; label: string; count?: number }[];
  onChange: (value: string | null) => void;
}

/** Filter chips with counts; exactly one is pressed. The empty value is "all". */
export function ChipFilter({ label, value, options, onChange }: ChoiceProps) {
  return (
    <fieldset className="gives-way flex min-w-0 gap-1 overflow-x-auto [scrollbar-width:none] max-md:w-full">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={value === option.value}
          onClick={() => onChange(option.value || null)}
          className={cn(
            'h-7 shrink-0 whitespace-nowrap rounded px-2 text-muted text-xs hover:bg-hover hover:text-text max-md:h-8',
            value === option.value &&
              'bg-raised font-semibold text-text shadow-[inset_0_0_0_1px_var(--line-strong)]',
          )}
        >
          {option.label}
          {option.count !== undefined && <span className="ml-1 tabular-nums">{option.count}</span>}
        </button>
      ))}
    </fieldset>
  );
}

interface SelectFilterProps {
  label: string;
  value: string;
  options: readonly string[];
  onChange: (value: string | null) => void;
}

export function SelectFilter({ label, value, options, onChange }: SelectFilterProps) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value || null)}
      className="h-7 rounded border border-field bg-panel px-1.5 text-xs max-md:h-9"
    >
      <option value="">{t('{{label}}: all', { label })}</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  );
}

export function PageHeading({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="flex min-h-10 items-center gap-3 border-line border-b px-3">
      <h1 className="font-semibold text-base">{title}</h1>
      {children}
    </div>
  );
}
