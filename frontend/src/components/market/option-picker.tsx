import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Ltp } from '@/components/market/live';
import { UnderlyingPicker } from '@/components/market/underlying-picker';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/input';
import { Segmented } from '@/components/ui/segmented';
import { messageOf } from '@/lib/api/errors';
import { formatPrice, formatQuantity } from '@/lib/format';
import {
  contractQuery,
  nearestStrike,
  type OptionType,
  strikesQuery,
} from '@/lib/instruments/option-contracts';
import { expiriesQuery, FIRST_UNDERLYING, listedExpiry, type Underlying } from '@/lib/instruments/options';
import { useQuoteSnapshot } from '@/lib/instruments/queries';
import type { Instrument } from '@/lib/instruments/schema';
import { useLtp } from '@/lib/market-data/context';
import { t } from '@/messages/words';

const OFFSETS = [
  ...Array.from({ length: 10 }, (_, at) => `ITM${10 - at}`),
  'ATM',
  ...Array.from({ length: 10 }, (_, at) => `OTM${at + 1}`),
];

interface OptionPickerProps {
  first?: Underlying;
  /** What the button says it does with the contract. */
  submitLabel: string;
  onPick: (instrument: Instrument) => void;
}

/** An option by its place: underlying, expiry, strike or distance from the money, call or put. */
export function OptionPicker({ first = FIRST_UNDERLYING, submitLabel, onPick }: OptionPickerProps) {
  const choice = useOptionChoice(first);
  const { root, menu, strikes, contract } = choice;
  const problem = menu.error ?? strikes.error ?? contract.error;
  return (
    <div className="grid gap-3">
      <Field
        label={t('Underlying')}
        hint={t('{{name}} on {{exchange}}', { name: root.underlying, exchange: root.exchange })}
      >
        {() => (
          <UnderlyingPicker label={t('Underlying')} placeholder={root.underlying} onPick={choice.setRoot} />
        )}
      </Field>
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('Expiry')}>
          {(control) => (
            <Select
              {...control}
              value={choice.expiry}
              onChange={(event) => choice.setExpiry(event.target.value)}
            >
              {(menu.data?.expiries ?? []).map((expiry) => (
                <option key={expiry}>{expiry}</option>
              ))}
            </Select>
          )}
        </Field>
        <Segmented
          label={t('Call or put')}
          value={choice.type}
          options={[
            { value: 'CE', label: 'CE' },
            { value: 'PE', label: 'PE' },
          ]}
          onChange={choice.setType}
          className="self-end"
        />
        <Segmented
          label={t('Choose by')}
          value={choice.by}
          options={[
            { value: 'strike', label: t('Strike') },
            { value: 'offset', label: t('Distance') },
          ]}
          onChange={choice.setBy}
          className="self-end"
        />
        {choice.by === 'strike' ? (
          <Field label={t('Strike')}>
            {(control) => (
              <Select
                {...control}
                value={choice.strike ?? ''}
                onChange={(event) => choice.setStrike(Number(event.target.value))}
              >
                {(strikes.data?.strikes ?? []).map((strike) => (
                  <option key={strike} value={strike}>
                    {strike === choice.nearest ? `${formatPrice(strike)} · ATM` : formatPrice(strike)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        ) : (
          <Field label={t('Distance from the money')}>
            {(control) => (
              <Select
                {...control}
                value={choice.offset}
                onChange={(event) => choice.setOffset(event.target.value)}
              >
                {OFFSETS.map((offset) => (
                  <option key={offset}>{offset}</option>
                ))}
              </Select>
            )}
          </Field>
        )}
      </div>
      <Found contract={contract.data ?? null} isLooking={contract.isFetching} problem={problem} />
      <Button
        variant="primary"
        disabled={!contract.data}
        onClick={() => contract.data && onPick(contract.data)}
      >
        {submitLabel}
      </Button>
    </div>
  );
}

/** What is chosen, each part falling back to the first that is listed while it is not. */
function useOptionChoice(first: Underlying) {
  const [root, setRoot] = useState(first);
  const [wantedExpiry, setExpiry] = useState('');
  const [type, setType] = useState<OptionType>('CE');
  const [by, setBy] = useState<'strike' | 'offset'>('strike');
  const [wantedStrike, setStrike] = useState<number | null>(null);
  const [offset, setOffset] = useState('ATM');

  const menu = useQuery(expiriesQuery(root));
  const expiry = listedExpiry(menu.data?.expiries ?? [], wantedExpiry);
  const strikes = useQuery(strikesQuery(root, expiry));
  const listed = strikes.data?.strikes ?? [];
  const quoted = { symbol: root.underlying, exchange: root.exchange };
  useQuoteSnapshot([quoted]);
  const nearest = nearestStrike(listed, useLtp(quoted));
  const strike = wantedStrike !== null && listed.includes(wantedStrike) ? wantedStrike : nearest;
  const place = by === 'offset' ? { offset } : strike === null ? null : { strike };
  const contract = useQuery(contractQuery(root, menu.data?.exchange ?? '', expiry, type, place));

  return {
    root, setRoot, menu, expiry, setExpiry, type, setType, by, setBy, strikes, strike, setStrike, nearest,
    offset, setOffset, contract,
  }; // biome-ignore format: a list of names
}

interface FoundProps {
  contract: Instrument | null;
  isLooking: boolean;
  problem: unknown;
}

function Found({ contract, isLooking, problem }: FoundProps) {
  return (
    <p role="status" className="flex min-h-8 items-center gap-2 rounded bg-raised px-2">
      {contract ? (
        <>
          <span className="font-medium">{contract.symbol}</span>
          <span className="text-2xs text-muted">
            {contract.exchange} · {t('lot {{size}}', { size: formatQuantity(contract.lotsize) })}
          </span>
          <span className="ml-auto">
            <Ltp of={contract} tickSize={contract.tick_size} className="font-medium" />
          </span>
        </>
      ) : (
        <span className="text-muted">
          {problem ? messageOf(problem) : isLooking ? t('Searching…') : t('No such contract is listed')}
        </span>
      )}
    </p>
  );
}
