import { RadioGroup } from 'radix-ui';
import { cn } from '@/lib/cn';

interface SegmentedProps<V extends string> {
  label: string;
  value: V;
  options: readonly { value: V; label: string; isDisabled?: boolean }[];
  onChange: (value: V) => void;
  className?: string;
}

/** One of a few, all visible: a radio group drawn as a strip. */
export function Segmented<V extends string>({
  label,
  value,
  options,
  onChange,
  className,
}: SegmentedProps<V>) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={(next) => onChange(next as V)}
      orientation="horizontal"
      className={cn('flex h-8 rounded border border-field bg-panel p-0.5 max-md:h-10', className)}
    >
      {options.map((option) => (
        <RadioGroup.Item
          key={option.value}
          value={option.value}
          disabled={option.isDisabled}
          className="flex-1 rounded-[3px] px-2 text-muted text-xs hover:text-text disabled:cursor-not-allowed disabled:opacity-45 data-[state=checked]:bg-raised data-[state=checked]:font-semibold data-[state=checked]:text-text data-[state=checked]:shadow-[inset_0_0_0_1px_var(--line-strong)]"
        >
          {option.label}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
