import { NumberBox } from '@/components/order-form/number-box';
import { Segmented } from '@/components/ui/segmented';
import { formatPrice } from '@/lib/format';
import { parseTyped } from '@/lib/numbers';
import { type Leg, type LevelValue, UNITS, type Unit } from '@/lib/orders/exit-terms';
import { t } from '@/messages/words';

const NAMES: Record<Leg, string> = {
  stoploss: t('Stop-loss'),
  target: t('Target'),
  trailing_stop: t('Trailing stop'),
};
const UNIT_NAMES: Record<Unit, string> = { price: t('Price'), points: t('Points'), percent: '%' };

interface ExitFieldProps {
  leg: Leg;
  value: LevelValue;
  /** Where the level lies, when that is known. */
  level: number | null;
  tickSize: number | null;
  error?: string;
  onChange: (value: LevelValue) => void;
}

/** One level of a protection: a figure, and whether it is a price, a distance or a share. */
export function ExitField({ leg, value, level, tickSize, error, onChange }: ExitFieldProps) {
  const size = value.unit === 'percent' ? 0.1 : (tickSize ?? 0.05);
  const step = (direction: 1 | -1) => {
    const next = Math.max((parseTyped(value.text) || 0) + direction * size, 0);
    onChange({ ...value, text: next > 0 ? String(Number(next.toFixed(4))) : '' });
  };
  const hint =
    value.unit !== 'price' && level !== null
      ? t('at {{price}}', { price: formatPrice(level, tickSize) })
      : undefined;
  return (
    <div className="grid grid-cols-[1fr_auto] items-start gap-2">
      <NumberBox
        label={NAMES[leg]}
        value={value.text}
        onChange={(text) => onChange({ ...value, text })}
        onStep={step}
        stepLabel={t('one step')}
        error={error}
        hint={hint}
      />
      <Segmented
        label={t('{{level}} as', { level: NAMES[leg] })}
        value={value.unit}
        options={UNITS[leg].map((unit) => ({ value: unit, label: UNIT_NAMES[unit] }))}
        onChange={(unit) => onChange({ text: '', unit })}
        className="mt-5"
      />
    </div>
  );
}
