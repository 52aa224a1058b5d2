import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { SubmitError } from '@/components/order-form/submit-error';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import { Segmented } from '@/components/ui/segmented';
import { type Strategy, termsQuery } from '@/features/strategies/api/get-strategies';
import { useChangeStrategy, useCreateStrategy } from '@/features/strategies/api/write-strategies';
import { WebhookUrl } from '@/features/strategies/components/webhook-url';
import { MODE_MEANINGS, platformName, termsOf, typedOf } from '@/features/strategies/model/terms';
import { ApiError, type FieldErrors } from '@/lib/api/errors';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

const NO_ERRORS: FieldErrors = {};

interface StrategyDialogProps {
  /** null: a new one. */
  strategy: Strategy | null;
  onClose: () => void;
  /** With the id of the new one, once its URL was seen. */
  onCreated?: (id: number) => void;
}

/** Makes a strategy and shows its URL once, or changes one. */
export function StrategyDialog({ strategy, onClose, onCreated }: StrategyDialogProps) {
  const create = useCreateStrategy();
  if (create.data) {
    const { id, name, webhook_url } = create.data;
    const done = () => {
      onClose();
      onCreated?.(id);
    };
    return (
      <Dialog isOpen onClose={done} title={name}>
        <WebhookUrl url={webhook_url} onDone={done} />
      </Dialog>
    );
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={strategy ? t('Change {{name}}', { name: strategy.name }) : t('New strategy')}
      description={t('A secret URL that trades a table of symbols, and nothing else.')}
    >
      <StrategyForm strategy={strategy} create={create} onClose={onClose} />
    </Dialog>
  );
}

interface StrategyFormProps extends Pick<StrategyDialogProps, 'strategy' | 'onClose'> {
  create: ReturnType<typeof useCreateStrategy>;
}

function StrategyForm({ strategy, create, onClose }: StrategyFormProps) {
  const [typed, setTyped] = useState(() => typedOf(strategy));
  const change = useChangeStrategy(strategy?.id ?? 0);
  const { accounts } = useSession();
  const { data: terms } = useQuery(termsQuery);
  const writing = strategy ? change : create;
  const errors = writing.error instanceof ApiError ? writing.error.fields : NO_ERRORS;
  const put = (changes: Partial<typeof typed>) => setTyped((now) => ({ ...now, ...changes }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (strategy) change.mutate(termsOf(typed), { onSuccess: onClose });
    else create.mutate({ ...termsOf(typed), platform: typed.platform });
  };
  return (
    <form onSubmit={submit} className="grid gap-3" noValidate>
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('Name')} error={errors.name?.[0]}>
          {(control) => (
            <Input
              {...control}
              autoFocus
              maxLength={50}
              value={typed.name}
              onChange={(event) => put({ name: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('Platform')} error={errors.platform?.[0]}>
          {(control) => (
            <Select
              {...control}
              disabled={strategy !== null}
              value={typed.platform}
              onChange={(event) => put({ platform: event.target.value })}
            >
              {(terms?.platforms ?? [typed.platform]).map((platform) => (
                <option key={platform} value={platform}>
                  {platformName(platform)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <Field label={t('Direction')} hint={MODE_MEANINGS[typed.trading_mode]}>
        {() => (
          <Segmented
            label={t('Direction')}
            value={typed.trading_mode}
            options={(terms?.trading_modes ?? [typed.trading_mode]).map((mode) => ({
              value: mode,
              label: mode,
            }))}
            onChange={(mode) => put({ trading_mode: mode })}
          />
        )}
      </Field>
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          className="size-4 accent-[var(--accent)]"
          checked={typed.is_intraday}
          onChange={(event) => put({ is_intraday: event.target.checked })}
        />
        {t('Intraday: trades within its hours, IST')}
      </label>
      {typed.is_intraday && (
        <div className="grid grid-cols-3 gap-3">
          {(
            [
              ['start_time', t('Entries from')],
              ['end_time', t('Entries until')],
              ['squareoff_time', t('Square-off')],
            ] as const
          ).map(([field, label]) => (
            <Field key={field} label={label} error={errors[field]?.[0]}>
              {(control) => (
                <Input
                  {...control}
                  type="time"
                  value={typed[field]}
                  onChange={(event) => put({ [field]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </div>
      )}
      <Field label={t('Account')} hint={t('Orders of the strategy go there, whatever account is active.')}>
        {(control) => (
          <Select
            {...control}
            value={typed.account_id}
            onChange={(event) => put({ account_id: event.target.value })}
          >
            <option value="">{t('The active account')}</option>
            {accounts.map((account) => (
              <option key={account.id} value={account.id}>
                {account.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <SubmitError error={Object.keys(errors).length > 0 ? null : writing.error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{strategy ? t('Keep as is') : t('Close')}</Button>
        <Button type="submit" variant="primary" isBusy={writing.isPending}>
          {strategy ? t('Save') : t('Create strategy')}
        </Button>
      </div>
    </form>
  );
}
