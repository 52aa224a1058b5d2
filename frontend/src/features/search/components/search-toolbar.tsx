import { useQuery } from '@tanstack/react-query';
import { SelectFilter } from '@/components/filters/filter-bar';
import { Folded } from '@/components/filters/toolbar';
import { OptionPickButton } from '@/components/market/option-pick-button';
import { Input } from '@/components/ui/input';
import { TYPES, type useSearchTerms } from '@/features/search/hooks/use-search-terms';
import { expiriesOfQuery } from '@/lib/instruments/queries';
import { EXCHANGES } from '@/lib/instruments/schema';
import { t } from '@/messages/words';
import { openTicket } from '@/stores/ticket';

/** What is searched for and within which bounds; all of it stands in the address. */
export function SearchToolbar({ terms }: { terms: ReturnType<typeof useSearchTerms> }) {
  const { given, set, asked } = terms;
  const { data: expiries } = useQuery(expiriesOfQuery(asked?.underlying ?? '', given.exchange));
  const expiryOptions = withGiven(expiries ?? [], given.expiry);
  const bounds = [given.exchange, given.underlying, given.expiry, given.type, given.low, given.high];
  return (
    <>
      <h1 className="font-semibold text-base">{t('Symbol search')}</h1>
      <Input
        type="search"
        aria-label={t('Search instruments')}
        placeholder={t('Symbol, name, strike, expiry')}
        className="gives-way h-7 w-60 min-w-32 max-md:h-9 max-md:w-full"
        autoFocus
        value={given.q}
        onChange={(event) => set('q', event.target.value)}
      />
      <Folded set={bounds.filter(Boolean).length}>
        <SelectFilter
          label={t('Exchange')}
          value={given.exchange}
          options={EXCHANGES}
          onChange={(value) => set('exchange', value)}
        />
        <Input
          type="search"
          aria-label={t('Underlying')}
          placeholder={t('Underlying')}
          className="h-7 w-28 uppercase placeholder:normal-case"
          value={given.underlying}
          onChange={(event) => set('underlying', event.target.value)}
        />
        {expiryOptions.length > 0 && (
          <SelectFilter
            label={t('Expiry')}
            value={given.expiry}
            options={expiryOptions}
            onChange={(value) => set('expiry', value)}
          />
        )}
        <SelectFilter
          label={t('Type')}
          value={given.type}
          options={TYPES}
          onChange={(value) => set('type', value)}
        />
        <Input
          inputMode="decimal"
          aria-label={t('Lowest strike')}
          placeholder={t('Strike from')}
          className="h-7 w-24 text-right"
          value={given.low}
          onChange={(event) => set('low', event.target.value)}
        />
        <Input
          inputMode="decimal"
          aria-label={t('Highest strike')}
          placeholder={t('Strike to')}
          className="h-7 w-24 text-right"
          value={given.high}
          onChange={(event) => set('high', event.target.value)}
        />
      </Folded>
      <OptionPickButton
        submitLabel={t('Open the ticket')}
        onPick={({ symbol, exchange }) => openTicket({ symbol, exchange, action: 'BUY' })}
      />
    </>
  );
}

/** An expiry of the address stays among the choices while they are not known, or no longer hold it. */
function withGiven(expiries: readonly string[], given: string): readonly string[] {
  return given === '' || expiries.includes(given) ? expiries : [given, ...expiries];
}
