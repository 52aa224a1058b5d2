import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Input, Select } from '@/components/ui/input';
import { ErrorState, Skeleton } from '@/components/ui/states';
import { type RiskScope, riskQuery } from '@/features/risk/api/get-risk';
import { ChangesTable } from '@/features/risk/components/changes-table';
import { KillSwitch } from '@/features/risk/components/kill-switch';
import { LimitsForm } from '@/features/risk/components/limits-form';
import { useUrlState } from '@/hooks/use-url-state';
import { t } from '@/messages/words';

const KIND_WORDS = {
  all: t('Everything'),
  account: t('Account'),
  key: 'API key',
  strategy: t('Strategy'),
} as const;

function titleOf({ kind, label }: RiskScope): string {
  return kind === 'all' ? KIND_WORDS[kind] : `${KIND_WORDS[kind]}: ${label}`;
}

/** A strategy for which nothing was set yet. */
function unset(strategy: string): RiskScope {
  return {
    kind: 'strategy',
    account_id: null,
    strategy,
    key_id: null,
    scope: `new:${strategy}`,
    label: strategy,
    limits: {},
    version: 0,
    changed_at_ist: '',
    changed_by: '',
    engaged: false,
    reason: '',
    may_change: true,
  };
}

function NewStrategy({ onName }: { onName: (name: string) => void }) {
  const [name, setName] = useState('');
  return (
    <form
      className="flex gap-1"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) onName(name.trim());
        setName('');
      }}
    >
      <Input
        aria-label={t('Name of a strategy')}
        placeholder={t('Another strategy')}
        value={name}
        maxLength={255}
        onChange={(event) => setName(event.target.value)}
      />
      <Button type="submit" disabled={!name.trim()}>
        {t('Open')}
      </Button>
    </form>
  );
}

export function RiskPage() {
  const { read, set } = useUrlState();
  const { data, error, refetch } = useQuery(riskQuery);
  if (!data)
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <Skeleton className="m-4 h-10" />
    );
  const asked = read('strategy');
  const strategy = data.scopes.find((one) => one.kind === 'strategy' && one.strategy === asked);
  const scopes = asked && !strategy ? [...data.scopes, unset(asked)] : data.scopes;
  const current = asked
    ? (strategy ?? scopes.at(-1))
    : (scopes.find((one) => one.scope === read('scope')) ?? scopes[0]);
  if (!current) return null;
  const pick = (scope: string) => {
    const next = scopes.find((one) => one.scope === scope);
    set('strategy', next?.kind === 'strategy' ? next.strategy : null);
    set('scope', next && next.kind !== 'strategy' && next.kind !== 'all' ? next.scope : null);
  };
  const stopped = data.scopes.filter((one) => one.engaged);
  return (
    <div className="grid min-h-0 gap-4 overflow-auto p-4">
      <div className="flex flex-wrap items-center gap-2">
        <h1 className="font-semibold text-base">{t('Risk')}</h1>
        <Select
          aria-label={t('Limits of')}
          className="w-64"
          value={current.scope}
          onChange={(event) => pick(event.target.value)}
        >
          {scopes.map((one) => (
            <option key={one.scope} value={one.scope}>
              {titleOf(one)}
              {one.engaged ? ` · ${t('stopped')}` : ''}
            </option>
          ))}
        </Select>
        <NewStrategy onName={(name) => set('strategy', name)} />
      </div>
      {stopped.length > 0 && (
        <p role="status" className="text-down">
          {t('New orders are stopped for: {{scopes}}', { scopes: stopped.map(titleOf).join(', ') })}
        </p>
      )}
      <KillSwitch key={`switch:${current.scope}`} scope={current} />
      <p className="max-w-prose text-muted">
        {t(
          'The strictest of everything, account, strategy and API key binds. Counts and results are those of the account. A blank field is off.',
        )}
        {!current.may_change && ` ${t('Only an administrator may change this scope.')}`}
      </p>
      <LimitsForm key={`${current.scope}:${current.version}`} scope={current} fields={data.fields} />
      <ChangesTable />
    </div>
  );
}
