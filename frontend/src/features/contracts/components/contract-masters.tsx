import { useQuery } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import { toast } from 'sonner';
import { Badge, type Tone } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { EmptyState, ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import {
  type ContractMaster,
  contractMastersQuery,
  isLoading,
  useRefreshMaster,
} from '@/features/contracts/api/contracts';
import { messageOf } from '@/lib/api/errors';
import { formatDuration, formatMoment, formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

/** The instruments of every broker at which the user has an account: how many, how old, and whether today's are in. */
export function ContractMasters() {
  const { data, error, refetch } = useQuery(contractMastersQuery);
  if (!data)
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <Skeleton className="m-4 h-40" />
    );
  if (data.length === 0)
    return (
      <EmptyState
        title={t('No contracts yet')}
        hint={t('They are loaded when a broker account is connected.')}
      />
    );
  return (
    <>
      {error && <StaleNotice error={error} onRetry={() => void refetch()} />}
      <ul aria-label={t('Contract masters')}>
        {data.map((master) => (
          <MasterRow key={master.broker} master={master} />
        ))}
      </ul>
    </>
  );
}

function badgeOf(master: ContractMaster): { tone: Tone; word: string } {
  if (isLoading(master)) return { tone: 'warn', word: t('loading') };
  if (master.status === 'error') return { tone: 'bad', word: t('last load failed') };
  if (!master.is_ready) return { tone: 'bad', word: t('not loaded') };
  return master.is_due ? { tone: 'warn', word: t('due') } : { tone: 'good', word: t('current') };
}

function MasterRow({ master }: { master: ContractMaster }) {
  const refresh = useRefreshMaster();
  const { tone, word } = badgeOf(master);
  const running = isLoading(master);
  const account = master.account_id;
  const age = master.age_seconds;
  return (
    <li className="grid gap-2 border-line border-b px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 className="min-w-40 font-medium">{master.broker_name}</h2>
        <Badge tone={tone}>{word}</Badge>
        <p className="text-muted text-xs tabular-nums">
          {t('{{total}} contracts', { total: formatQuantity(master.total) })}
          {master.loaded_at && ` · ${t('loaded {{moment}}', { moment: formatMoment(master.loaded_at) })}`}
          {typeof age === 'number' && ` · ${t('{{time}} ago', { time: formatDuration(age * 1000) })}`}
          {typeof master.duration_ms === 'number' &&
            ` · ${t('took {{seconds}} s', { seconds: (master.duration_ms / 1000).toFixed(1) })}`}
        </p>
        <Button
          size="sm"
          className="ml-auto"
          isBusy={running || refresh.isPending}
          disabled={account === null || account === undefined}
          onClick={() => {
            if (typeof account === 'number')
              refresh.mutate(account, {
                onError: (refusal) =>
                  toast.error(t('Contracts are not being loaded'), { description: messageOf(refusal) }),
              });
          }}
        >
          {!running && !refresh.isPending && <RefreshCw />}
          {running ? t('Loading…') : t('Load now')}
        </Button>
      </div>
      <p role="status" className="min-h-4 text-muted text-xs">
        {typeof account !== 'number'
          ? t('Connect an account of this broker to load its contracts.')
          : running || master.status === 'error'
            ? master.message
            : master.is_due && master.due_reason}
      </p>
      <Counts counts={master.counts} />
      {master.warnings.map((warning) => (
        <p key={warning} className="text-warn text-xs">
          {warning}
        </p>
      ))}
    </li>
  );
}

function Counts({ counts }: Pick<ContractMaster, 'counts'>) {
  const rows = Object.entries(counts);
  if (rows.length === 0) return null;
  return (
    <dl aria-label={t('Contracts by exchange')} className="flex flex-wrap gap-x-6 gap-y-1 text-xs">
      {rows.map(([exchange, count]) => (
        <div key={exchange} className="flex gap-2">
          <dt className="text-muted">{exchange}</dt>
          <dd className="tabular-nums">{formatQuantity(count)}</dd>
        </div>
      ))}
    </dl>
  );
}
