import { SlidersHorizontal, Trash2 } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import type { Chosen, Drawing } from '@/features/chart/api/preferences';
import { checkParameters, findIndicator, INDICATORS } from '@/features/chart/indicators/catalogue';
import type { Indicator } from '@/features/chart/indicators/types';
import { parseTyped } from '@/lib/numbers';
import { t } from '@/messages/words';

const MOST = 8;

interface IndicatorSettingsProps {
  symbol: string;
  /** isOwn: of this instrument alone; otherwise of every chart that has none of its own. */
  value: Drawing & { isOwn: boolean };
  onChange: (value: Drawing & { isOwn: boolean }) => void;
}

/** What is drawn besides the candles. A change is drawn at once; one that cannot be drawn says why and waits. */
export function IndicatorSettings({ symbol, value, onChange }: IndicatorSettingsProps) {
  const { indicators, isVolumeShown } = value;
  const put = (next: readonly Chosen[]) => onChange({ ...value, indicators: [...next] });
  const add = (name: string) => {
    const found = findIndicator(name);
    if (found) put([...indicators, { name, parameters: { ...found.defaults } }]);
  };
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button size="sm" aria-label={t('Indicators, {{number}} drawn', { number: indicators.length })}>
          <SlidersHorizontal />
          <span className="max-md:hidden">{t('Indicators')}</span>
          {indicators.length > 0 && <span className="text-muted tabular-nums">{indicators.length}</span>}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={t('Indicators')}
          className="z-50 grid max-h-[70dvh] w-[min(22rem,calc(100vw-1rem))] gap-3 overflow-auto rounded-md border border-line-strong bg-panel p-3 shadow-[var(--shadow)]"
        >
          <label className="flex min-h-6 items-center gap-2">
            <input
              type="checkbox"
              className="size-4 accent-[var(--accent)]"
              checked={isVolumeShown}
              onChange={(event) => onChange({ ...value, isVolumeShown: event.target.checked })}
            />
            {t('Volume')}
          </label>
          <label className="flex min-h-6 items-center gap-2">
            <input
              type="checkbox"
              className="size-4 accent-[var(--accent)]"
              checked={value.isOwn}
              onChange={(event) => onChange({ ...value, isOwn: event.target.checked })}
            />
            {t('Only on the chart of {{symbol}}', { symbol })}
          </label>
          <ul aria-label={t('Drawn indicators')} className="grid gap-2">
            {indicators.map((chosen, at) => (
              <ChosenRow
                // biome-ignore lint/suspicious/noArrayIndexKey: the same indicator may be drawn twice; its place names it.
                key={`${at}:${chosen.name}`}
                chosen={chosen}
                onChange={(next) => put(indicators.map((one, index) => (index === at ? next : one)))}
                onRemove={() => put(indicators.filter((_, index) => index !== at))}
              />
            ))}
          </ul>
          <Field
            label={t('Add an indicator')}
            hint={indicators.length >= MOST ? t('At most {{most}} at a time', { most: MOST }) : undefined}
          >
            {(control) => (
              <Select
                {...control}
                value=""
                disabled={indicators.length >= MOST}
                onChange={(event) => add(event.target.value)}
              >
                <option value="">{t('Choose…')}</option>
                {INDICATORS.map(({ name, title }) => (
                  <option key={name} value={name}>
                    {title}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface ChosenRowProps {
  chosen: Chosen;
  onChange: (next: Chosen) => void;
  onRemove: () => void;
}

function textsOf(indicator: Indicator, chosen: Chosen): Record<string, string> {
  return Object.fromEntries(indicator.rules.map(({ name }) => [name, String(chosen.parameters[name] ?? '')]));
}

function ChosenRow({ chosen, onChange, onRemove }: ChosenRowProps) {
  const indicator = findIndicator(chosen.name);
  const [texts, setTexts] = useState(() => (indicator ? textsOf(indicator, chosen) : {}));
  if (!indicator) return null;
  const typed = (from: Record<string, string>) =>
    Object.fromEntries(Object.entries(from).map(([name, text]) => [name, parseTyped(text) ?? Number.NaN]));
  const wrong = checkParameters(indicator, typed(texts));
  const type = (name: string, text: string) => {
    const next = { ...texts, [name]: text };
    setTexts(next);
    const parameters = typed(next);
    if (Object.keys(checkParameters(indicator, parameters)).length === 0)
      onChange({ name: chosen.name, parameters });
  };
  return (
    <li className="grid gap-2 rounded border border-line p-2">
      <div className="flex items-center gap-2">
        <span className="flex-1 font-medium">{indicator.title}</span>
        <Button
          size="iconXs"
          variant="ghost"
          aria-label={t('Remove {{name}}', { name: indicator.title })}
          onClick={onRemove}
        >
          <Trash2 />
        </Button>
      </div>
      {indicator.rules.length > 0 && (
        <div className="grid grid-cols-3 gap-2">
          {indicator.rules.map(({ name, label }) => (
            <Field key={name} label={`${indicator.title} ${label.toLowerCase()}`} error={wrong[name]}>
              {(control) => (
                <Input
                  {...control}
                  inputMode="decimal"
                  autoComplete="off"
                  value={texts[name] ?? ''}
                  onChange={(event) => type(name, event.target.value)}
                />
              )}
            </Field>
          ))}
        </div>
      )}
    </li>
  );
}
