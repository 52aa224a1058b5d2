import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import { ErrorState, Skeleton } from '@/components/ui/states';
import { type PaperSettings, paperSettingsQuery, useSavePaperSettings } from '@/features/paper/api/paper';
import {
  changesOf,
  type Draft,
  draftOf,
  SETTING_GROUPS,
  type SettingField,
} from '@/features/paper/components/setting-fields';
import { ApiError, messageOf } from '@/lib/api/errors';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

interface BoxProps {
  field: SettingField;
  value: string | boolean | undefined;
  error: string | undefined;
  onChange: (value: string | boolean) => void;
}

function Box({ field, value, error, onChange }: BoxProps) {
  if (field.kind === 'flag') {
    return (
      <label className="flex min-h-8 items-center gap-2 self-end">
        <input
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
          className="size-4 accent-[var(--accent)]"
        />
        {field.label}
      </label>
    );
  }
  const text = typeof value === 'string' ? value : '';
  return (
    <Field label={field.label} error={error}>
      {(control) =>
        field.kind === 'choice' ? (
          <Select {...control} value={text} onChange={(event) => onChange(event.target.value)}>
            {field.options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </Select>
        ) : (
          <Input
            {...control}
            inputMode={field.kind === 'number' ? 'decimal' : undefined}
            placeholder={field.kind === 'time' ? 'HH:MM' : undefined}
            autoComplete="off"
            value={text}
            onChange={(event) => onChange(event.target.value)}
            className="tabular-nums"
          />
        )
      }
    </Field>
  );
}

function Form({ settings, isAdmin }: { settings: PaperSettings; isAdmin: boolean }) {
  const save = useSavePaperSettings();
  const [draft, setDraft] = useState<Draft>(() => draftOf(settings.values));
  const changes = changesOf(draft, settings.values);
  const fields = save.error instanceof ApiError ? save.error.fields : {};
  const send = (change: Parameters<typeof save.mutate>[0]) =>
    save.mutate(change, {
      onSuccess: (next) => {
        setDraft(draftOf(next.values));
        toast.success(t('Paper settings saved'));
      },
      onError: (error) => toast.error(t('Nothing was saved'), { description: messageOf(error) }),
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send({ values: changes });
  };
  return (
    <form onSubmit={submit} aria-label={t('Paper settings')}>
      <fieldset disabled={!isAdmin} className="grid gap-4 p-3">
        {SETTING_GROUPS.map((group) => (
          <fieldset key={group.title} className="min-w-0">
            <legend className="mb-1 font-semibold text-sm">{group.title}</legend>
            <div className="grid grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-x-4 gap-y-2 max-md:grid-cols-2">
              {group.fields.map((field) => (
                <Box
                  key={field.name}
                  field={field}
                  value={draft[field.name]}
                  error={fields[field.name]?.[0]}
                  onChange={(value) => setDraft((now) => ({ ...now, [field.name]: value }))}
                />
              ))}
            </div>
          </fieldset>
        ))}
        <div className="flex flex-wrap items-center gap-2">
          <Button
            type="submit"
            variant="primary"
            isBusy={save.isPending}
            disabled={Object.keys(changes).length === 0}
          >
            {t('Save')}
          </Button>
          <Button
            disabled={Object.keys(changes).length === 0}
            onClick={() => setDraft(draftOf(settings.values))}
          >
            {t('Undo')}
          </Button>
          <span className="ml-auto text-muted text-xs">{t('Leverage:')}</span>
          {Object.keys(settings.presets).map((preset) => (
            <Button key={preset} size="sm" onClick={() => send({ preset })}>
              {preset}
            </Button>
          ))}
        </div>
        {!isAdmin && <p className="text-muted text-xs">{t('Only an administrator can change these.')}</p>}
      </fieldset>
    </form>
  );
}

/** The settings of paper trading, for the whole installation. */
export function PaperSettingsForm() {
  const { user } = useSession();
  const { data, error, refetch } = useQuery(paperSettingsQuery);
  if (!data) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <Skeleton className="m-3 h-60" />
    );
  }
  return <Form settings={data} isAdmin={user?.is_admin ?? false} />;
}
