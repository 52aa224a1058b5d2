import { useState } from 'react';
import { TextFilter } from '@/components/filters/filter-bar';
import { Button } from '@/components/ui/button';
import type { Broker } from '@/features/broker/api/brokers';
import { t } from '@/messages/words';

interface BrokerListProps {
  brokers: readonly Broker[];
  busyId: string | null;
  onAdd: (broker: Broker) => void;
}

const KIND_WORDS: Record<NonNullable<Broker['auth']>['kind'], string> = {
  instant: t('no account needed'),
  form: t('sign in here'),
  redirect: t("sign in at the broker's page"),
};

function isInstant(broker: Broker): boolean {
  return broker.auth?.kind === 'instant';
}

function lineOf(broker: Broker): string {
  if (broker.status === 'broken' || !broker.auth) return broker.reason ?? t('This plug-in cannot be loaded.');
  return KIND_WORDS[broker.auth.kind];
}

/** Every plug-in this server has, the ones that work with no account first. */
export function BrokerList({ brokers, busyId, onAdd }: BrokerListProps) {
  const [text, setText] = useState('');
  const shown = brokers
    .filter((broker) => broker.name.toLowerCase().includes(text.trim().toLowerCase()))
    .sort((a, b) => Number(isInstant(b)) - Number(isInstant(a)) || a.name.localeCompare(b.name));
  return (
    <section aria-labelledby="add-account">
      <div className="flex min-h-11 items-center gap-3 px-4">
        <h2 id="add-account" className="font-semibold text-base">
          {t('Add an account')}
        </h2>
        {brokers.length > 6 && <TextFilter label={t('Filter brokers')} value={text} onChange={setText} />}
      </div>
      <ul aria-label={t('Brokers')}>
        {shown.map((broker) => (
          <li
            key={broker.id}
            className="flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-t px-4 py-2"
          >
            <div className="min-w-52 flex-1">
              <p className="font-medium">{broker.name}</p>
              <p className="text-muted text-xs">{lineOf(broker)}</p>
            </div>
            <p className="min-w-56 flex-1 text-muted text-xs">{broker.exchanges.join(' ')}</p>
            <Button
              size="sm"
              variant={isInstant(broker) ? 'primary' : 'outline'}
              disabled={broker.status === 'broken' || !broker.auth}
              isBusy={busyId === broker.id}
              aria-label={
                isInstant(broker)
                  ? t('Connect {{label}}', { label: broker.name })
                  : t('Add {{name}}', { name: broker.name })
              }
              onClick={() => onAdd(broker)}
            >
              {broker.status === 'broken' ? t('Not available') : isInstant(broker) ? t('Connect') : t('Add')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
