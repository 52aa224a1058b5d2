import { ChartCandlestick } from 'lucide-react';
import { Popover, RadioGroup } from 'radix-ui';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { readColours } from '@/features/chart/view/colours';
import {
  type ChartLook,
  PAIR_NAMES,
  PAIRS,
  type Pair,
  STYLE_NAMES,
  STYLES,
} from '@/features/chart/view/look';
import { t } from '@/messages/words';

interface LookSettingsProps {
  value: ChartLook;
  onChange: (value: ChartLook) => void;
}

/** How prices are drawn: the style, and the colours of rise and fall. A change is drawn at once. */
export function LookSettings({ value, onChange }: LookSettingsProps) {
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button
          size="sm"
          title={t('Chart style')}
          aria-label={t('Chart style: {{style}}', { style: STYLE_NAMES[value.style] })}
        >
          <ChartCandlestick />
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={t('Chart style')}
          className="z-50 grid w-[min(19rem,calc(100vw-1rem))] gap-3 rounded-md border border-line-strong bg-panel p-3 shadow-[var(--shadow)]"
        >
          <Choice
            label={t('Style')}
            value={value.style}
            options={STYLES.map((style) => ({ value: style, label: STYLE_NAMES[style] }))}
            onChange={(style) => onChange({ ...value, style })}
          />
          {value.style === 'heikin-ashi' && (
            <p className="text-muted text-xs">
              {t('These bars are averages. The figures above the chart and the dotted line are real prices.')}
            </p>
          )}
          <Choice
            label={t('Colours of rise and fall')}
            value={value.pair}
            options={PAIRS.map((pair) => ({
              value: pair,
              label: PAIR_NAMES[pair],
              sign: <Swatch pair={pair} />,
            }))}
            onChange={(pair) => onChange({ ...value, pair })}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface ChoiceProps<V extends string> {
  label: string;
  value: V;
  options: readonly { value: V; label: string; sign?: ReactNode }[];
  onChange: (value: V) => void;
}

function Choice<V extends string>({ label, value, options, onChange }: ChoiceProps<V>) {
  return (
    <div className="grid gap-1">
      <p aria-hidden className="font-medium text-2xs text-muted">
        {label}
      </p>
      <RadioGroup.Root aria-label={label} value={value} onValueChange={(next) => onChange(next as V)}>
        {options.map((option) => (
          <RadioGroup.Item
            key={option.value}
            value={option.value}
            className="flex min-h-7 w-full items-center gap-2 rounded-[3px] px-2 text-left text-xs hover:bg-raised data-[state=checked]:bg-raised data-[state=checked]:font-semibold data-[state=checked]:shadow-[inset_0_0_0_1px_var(--line-strong)] max-md:min-h-10"
          >
            <span className="flex-1">{option.label}</span>
            {option.sign}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </div>
  );
}

function Swatch({ pair }: { pair: Pair }) {
  const { up, down } = readColours(pair);
  return (
    <span aria-hidden className="flex gap-0.5">
      <span className="h-4 w-2" style={{ background: up }} />
      <span className="h-4 w-2" style={{ background: down }} />
    </span>
  );
}
