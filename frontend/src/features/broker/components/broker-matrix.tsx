import { useState } from 'react';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import type { Broker } from '@/features/broker/api/brokers';
import { abilityOf, CAPABILITIES, limitsOf, proofsOf } from '@/features/broker/hooks/capabilities';
import { useIsNarrow } from '@/hooks/use-media-query';
import { cn } from '@/lib/cn';
import { formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

/** What each broker can do, from its manifest; limits and evidence are one press away. */
export function BrokerMatrix({ brokers }: { brokers: readonly Broker[] }) {
  const [openId, setOpenId] = useState<string | null>(null);
  const isNarrow = useIsNarrow();
  const shown = brokers
    .filter((broker) => Object.keys(broker.capabilities).length > 0)
    .sort((a, b) => Number(b.practice) - Number(a.practice) || a.name.localeCompare(b.name));
  const open = shown.find((broker) => broker.id === openId);
  if (shown.length === 0) return null;
  return (
    <section aria-labelledby="broker-matrix" className="mt-4">
      <div className="px-4 py-2">
        <h2 id="broker-matrix" className="font-semibold text-base">
          {t('What each broker can do')}
        </h2>
        <p className="text-muted text-xs">
          {t('A figure counts the test cases that prove it; ~ is made from other calls; – is absent.')}
        </p>
      </div>
      {isNarrow ? <Cards brokers={shown} onOpen={setOpenId} /> : <Grid brokers={shown} onOpen={setOpenId} />}
      {open && <BrokerFacts broker={open} onClose={() => setOpenId(null)} />}
    </section>
  );
}

interface ShownBrokers {
  brokers: readonly Broker[];
  onOpen: (id: string) => void;
}

function Grid({ brokers, onOpen }: ShownBrokers) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className="overflow-x-auto" aria-label={t('Broker matrix')} tabIndex={0}>
      <table className="w-full min-w-max border-line border-b text-xs tabular-nums">
        <thead>
          <tr className="text-2xs text-muted">
            <th scope="col" className="sticky left-0 z-10 bg-bg px-4 py-1.5 text-left font-medium">
              {t('Broker')}
            </th>
            {CAPABILITIES.map(([id, title]) => (
              <th key={id} scope="col" className="px-2 py-1.5 text-right font-medium">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {brokers.map((broker) => (
            <tr key={broker.id} className="border-line border-t hover:bg-raised">
              <th scope="row" className="sticky left-0 z-10 bg-bg px-2 py-0.5 text-left font-medium">
                <FactsButton broker={broker} onOpen={onOpen} />
              </th>
              {CAPABILITIES.map(([id]) => {
                const ability = abilityOf(broker, id);
                return (
                  <td
                    key={id}
                    title={ability.words}
                    className={cn('px-2 py-0.5 text-right', ability.isAbsent && 'text-muted')}
                  >
                    <span aria-hidden>{ability.text}</span>
                    <span className="sr-only">{ability.words}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cards({ brokers, onOpen }: ShownBrokers) {
  return (
    <ul aria-label={t('Broker matrix')} className="border-line border-b">
      {brokers.map((broker) => {
        const count = CAPABILITIES.filter(([id]) => !abilityOf(broker, id).isAbsent).length;
        return (
          <li key={broker.id} className="flex min-h-11 items-center gap-3 border-line border-t px-2">
            <FactsButton broker={broker} onOpen={onOpen} />
            <span className="ml-auto pr-2 text-right text-muted text-xs tabular-nums">
              {t('{{number}} of {{all}}', { number: count, all: CAPABILITIES.length })}
              {!broker.practice &&
                ` · ${t('{{number}} cases', { number: formatQuantity(proofsOf(broker)) })}`}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function FactsButton({ broker, onOpen }: { broker: Broker; onOpen: (id: string) => void }) {
  return (
    <Button
      variant="ghost"
      size="sm"
      aria-label={t('Limits and evidence of {{name}}', { name: broker.name })}
      onClick={() => onOpen(broker.id)}
    >
      {broker.name}
    </Button>
  );
}

function BrokerFacts({ broker, onClose }: { broker: Broker; onClose: () => void }) {
  return (
    <Dialog isOpen onClose={onClose} title={broker.name} className="w-[min(44rem,calc(100vw-1.5rem))]">
      <section
        className="grid gap-5"
        aria-label={t('Facts about {{name}}', { name: broker.name })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls must be reachable by keyboard.
        tabIndex={0}
      >
        <section aria-labelledby="broker-abilities">
          <h3 id="broker-abilities" className="mb-1 font-semibold">
            {t('Capabilities')}
          </h3>
          <dl className="grid gap-x-6 sm:grid-cols-2">
            {CAPABILITIES.map(([id, title]) => (
              <Fact key={id} name={title} value={abilityOf(broker, id).words} />
            ))}
          </dl>
        </section>
        <section aria-labelledby="broker-limits">
          <h3 id="broker-limits" className="mb-1 font-semibold">
            {t('Limits')}
          </h3>
          <dl>
            {limitsOf(broker).map(([name, value]) => (
              <Fact key={name} name={name} value={value} />
            ))}
          </dl>
        </section>
        <section aria-labelledby="broker-evidence">
          <h3 id="broker-evidence" className="mb-1 font-semibold">
            {t('Evidence')}
          </h3>
          <ul>
            {Object.entries(broker.evidence).map(([about, fact]) => (
              <li key={about} className="border-line border-t py-1.5">
                <p className="flex flex-wrap items-center gap-2">
                  <span className="font-medium">{about.replaceAll('_', ' ')}</span>
                  <Badge tone={fact.verified ? 'good' : 'warn'}>
                    {fact.verified ? t('verified') : t('not verified')}
                  </Badge>
                  <span className="text-muted text-xs tabular-nums">{fact.date}</span>
                </p>
                <p className="break-words text-muted text-xs">{fact.source}</p>
              </li>
            ))}
          </ul>
        </section>
      </section>
    </Dialog>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="flex gap-3 border-line border-t py-1 text-xs">
      <dt className="w-28 shrink-0 text-muted">{name}</dt>
      <dd className="min-w-0 flex-1 break-words tabular-nums">{value}</dd>
    </div>
  );
}
