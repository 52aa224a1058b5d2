import { useState } from 'react';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import { Segmented } from '@/components/ui/segmented';
import { Panel } from '@/features/account/components/section';
import { useSavedHabits } from '@/hooks/use-look';
import { CONSENT_WORD } from '@/lib/session/live-consent';
import { playTone } from '@/lib/tones';
import { t } from '@/messages/words';

const MOST_LOTS = 100;

export function PreferencesSection() {
  const { habits, change } = useSavedHabits();
  return (
    <>
      <Panel
        title={t('Order ticket')}
        lead={t('What a ticket opens with for a symbol that you have not traded here before.')}
      >
        <div className="grid max-w-3xl gap-3 md:grid-cols-3">
          <Field label={t('Product for shares')}>
            {(control) => (
              <Select
                {...control}
                value={habits.equity_product ?? ''}
                onChange={({ target }) =>
                  change({ equity_product: (target.value || null) as 'CNC' | 'MIS' | null })
                }
              >
                <option value="">{t('no preference')}</option>
                <option value="CNC">CNC</option>
                <option value="MIS">MIS</option>
              </Select>
            )}
          </Field>
          <Field label={t('Product for futures and options')}>
            {(control) => (
              <Select
                {...control}
                value={habits.derivative_product ?? ''}
                onChange={({ target }) =>
                  change({ derivative_product: (target.value || null) as 'NRML' | 'MIS' | null })
                }
              >
                <option value="">{t('no preference')}</option>
                <option value="NRML">NRML</option>
                <option value="MIS">MIS</option>
              </Select>
            )}
          </Field>
          <Lots lots={habits.lots} onChange={(lots) => change({ lots })} />
        </div>
      </Panel>
      <Panel
        title={t('Confirmation')}
        lead={t('Orders with real money ask you to type {{word}}.', { word: CONSENT_WORD })}
      >
        <Segmented
          label={t('Confirmation')}
          className="max-w-md"
          value={habits.confirm}
          onChange={(confirm) => change({ confirm })}
          options={[
            { value: 'first', label: t('Once for each sign-in') },
            { value: 'always', label: t('Before every order') },
          ]}
        />
      </Panel>
      <AttentionPanel />
    </>
  );
}

function Lots({ lots, onChange }: { lots: number; onChange: (lots: number) => void }) {
  const [text, setText] = useState(String(lots));
  const number = Number(text);
  const isSound = Number.isInteger(number) && number >= 1 && number <= MOST_LOTS;
  return (
    <Field
      label={t('Lots')}
      error={isSound ? undefined : t('must be a whole number from 1 to {{most}}', { most: MOST_LOTS })}
    >
      {(control) => (
        <Input
          {...control}
          inputMode="numeric"
          className="text-right tabular-nums"
          value={text}
          onChange={({ target }) => setText(target.value)}
          onBlur={() => isSound && number !== lots && onChange(number)}
        />
      )}
    </Field>
  );
}

function AttentionPanel() {
  const { habits, change } = useSavedHabits();
  const turnOn = async () => {
    const answer = await Notification.requestPermission();
    if (answer === 'granted') change({ notifications: true });
    else toast.warning(t('The browser does not allow notifications for this page'));
  };
  return (
    <Panel
      title={t('Sounds and notifications')}
      lead={t('For fills, rejections and orders whose outcome is not known.')}
    >
      <div className="grid justify-items-start gap-2">
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            checked={habits.sounds}
            onChange={({ target }) => {
              change({ sounds: target.checked });
              if (target.checked) playTone('success');
            }}
          />
          {t('Play a sound')}
        </label>
        {'Notification' in window && (
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              checked={habits.notifications}
              onChange={({ target }) => (target.checked ? void turnOn() : change({ notifications: false }))}
            />
            {t('Notify me while the desk is in the background')}
          </label>
        )}
        {habits.notifications && 'Notification' in window && Notification.permission !== 'granted' && (
          <p className="flex items-center gap-2 text-warn text-xs">
            {t('This browser has not allowed them yet.')}
            <Button size="xs" onClick={() => void turnOn()}>
              {t('Allow')}
            </Button>
          </p>
        )}
      </div>
    </Panel>
  );
}
