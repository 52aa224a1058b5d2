import type { ComponentProps, ReactNode } from 'react';
import { Segmented } from '@/components/ui/segmented';
import { Panel } from '@/features/account/components/section';
import { useLook } from '@/hooks/use-look';
import { cn } from '@/lib/cn';
import { formatCompact, formatMoney } from '@/lib/format';
import { ACCENTS, type Accent } from '@/lib/look';
import { useChooseLanguage } from '@/lib/session/language';
import { LANGUAGE_NAMES, LANGUAGES, language, t } from '@/messages/words';

const SAMPLE = 12_345_678.9;

interface ChoicePanelProps<T extends string> extends Omit<ComponentProps<typeof Segmented<T>>, 'label'> {
  title: string;
  lead: string;
  /** Further choices of the same matter. */
  more?: ReactNode;
}

/** One choice of how the desk looks, in effect as soon as it is made. */
function ChoicePanel<T extends string>({ title, lead, more, ...choice }: ChoicePanelProps<T>) {
  return (
    <Panel title={title} lead={lead}>
      <Segmented label={title} className="max-w-sm" {...choice} />
      {more}
    </Panel>
  );
}

export function AppearanceSection() {
  const theme = useLook('choice');
  const density = useLook('density');
  const motion = useLook('motion');
  const numbers = useLook('numberStyle');
  const chooseLanguage = useChooseLanguage();
  return (
    <>
      <ChoicePanel
        title={t('Theme')}
        lead={t('Kept with your user: every browser in which you sign in follows.')}
        value={theme.value}
        onChange={theme.choose}
        options={[
          { value: 'dark', label: t('Dark') },
          { value: 'light', label: t('Light') },
          { value: 'system', label: t('As the system') },
        ]}
        more={<Accents />}
      />
      <ChoicePanel
        title={t('Density')}
        lead={t('Comfortable draws text and controls larger, with fewer rows on a screen.')}
        value={density.value}
        onChange={density.choose}
        options={[
          { value: 'compact', label: t('Compact') },
          { value: 'comfortable', label: t('Comfortable') },
        ]}
      />
      <ChoicePanel
        title={t('Numbers')}
        lead={`${formatMoney(SAMPLE)} · ${formatCompact(SAMPLE)}`}
        value={numbers.value}
        onChange={numbers.choose}
        options={[
          { value: 'indian', label: t('Lakh and crore') },
          { value: 'western', label: t('Thousands and millions') },
        ]}
      />
      <ChoicePanel
        title={t('Language')}
        lead={t('The page opens again in the other language.')}
        value={language}
        onChange={(next) => chooseLanguage.mutate(next)}
        options={LANGUAGES.map((one) => ({ value: one, label: LANGUAGE_NAMES[one] }))}
      />
      <ChoicePanel
        title={t('Motion')}
        lead={t('Reduced: nothing slides, blinks or flashes, whatever the system says.')}
        value={motion.value}
        onChange={motion.choose}
        options={[
          { value: 'system', label: t('As the system') },
          { value: 'reduced', label: t('Reduced') },
        ]}
      />
    </>
  );
}

/** Colours are named, never told by colour alone. */
function Accents() {
  const { value, choose } = useLook('accent');
  const names: Record<Accent, string> = {
    amber: t('Amber'),
    blue: t('Blue'),
    teal: t('Teal'),
    violet: t('Violet'),
    rose: t('Rose'),
  };
  return (
    <fieldset className="mt-3">
      <legend className="mb-1 text-muted text-xs">{t('Accent')}</legend>
      <div className="flex flex-wrap gap-2">
        {ACCENTS.map((accent) => (
          <label
            key={accent}
            className={cn(
              'flex h-8 cursor-pointer items-center gap-2 rounded border px-3 text-xs has-focus-visible:outline-2 has-focus-visible:outline-accent max-md:h-10',
              value === accent ? 'border-line-strong bg-raised font-semibold' : 'border-line text-muted',
            )}
          >
            <input
              type="radio"
              name="accent"
              className="sr-only"
              checked={value === accent}
              onChange={() => choose(accent)}
            />
            <span
              aria-hidden
              data-accent={accent}
              className="accent-swatch size-3.5 rounded-full bg-accent"
            />
            {names[accent]}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
