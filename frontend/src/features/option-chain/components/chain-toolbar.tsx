import { ShoppingBasket } from 'lucide-react';
import { Link } from 'react-router';
import { Favourites, UnderlyingPicker } from '@/components/market/underlying-picker';
import { Button } from '@/components/ui/button';
import { Segmented } from '@/components/ui/segmented';
import { ColumnsMenu } from '@/features/option-chain/components/columns-menu';
import { useChainPreferences } from '@/features/option-chain/hooks/preferences';
import { STRIKE_COUNTS, type useChainAddress } from '@/features/option-chain/hooks/use-chain-address';
import { useIsNarrow } from '@/hooks/use-media-query';
import { t } from '@/messages/words';
import { useBasket } from '@/stores/basket';

interface ChainToolbarProps {
  address: ReturnType<typeof useChainAddress>;
}

export function ChainToolbar({ address }: ChainToolbarProps) {
  const { of } = address;
  const preferences = useChainPreferences();
  const legs = useBasket((state) => state.legs.length);
  const isNarrow = useIsNarrow();
  return (
    <div className="flex min-h-10 flex-wrap items-center gap-2 border-line border-b px-3 py-1">
      <h1 className="font-semibold text-base">
        {of.underlying} <span className="font-normal text-muted text-xs">{t('option chain')}</span>
      </h1>
      <div className="w-40 [&_input]:h-7 max-md:min-w-32 max-md:flex-1">
        <UnderlyingPicker
          label={t('Change underlying')}
          placeholder={t('Underlying…')}
          onPick={address.chooseUnderlying}
        />
      </div>
      {!isNarrow && <Favourites current={of} onPick={address.chooseUnderlying} />}
      <select
        aria-label={t('Strikes')}
        value={address.strikes ?? 'all'}
        onChange={(event) => address.chooseStrikes(event.target.value)}
        className="ml-auto h-7 rounded border border-field bg-panel px-1.5 text-xs max-md:h-9"
      >
        {STRIKE_COUNTS.map((count) => (
          <option key={count} value={count}>
            {t('±{{count}} strikes', { count })}
          </option>
        ))}
        {address.strikes !== null && !(STRIKE_COUNTS as readonly number[]).includes(address.strikes) && (
          <option value={address.strikes}>{t('±{{count}} strikes', { count: address.strikes })}</option>
        )}
        <option value="all">{t('All strikes')}</option>
      </select>
      <Segmented
        label={t('View (G)')}
        value={preferences.view}
        options={[
          { value: 'prices', label: t('Prices') },
          { value: 'greeks', label: t('Greeks') },
        ]}
        onChange={preferences.setView}
        className="h-7"
      />
      <Segmented
        label={t('B and S go to')}
        value={preferences.target}
        options={[
          { value: 'ticket', label: t('Ticket') },
          { value: 'basket', label: t('Basket') },
        ]}
        onChange={preferences.setTarget}
        className="h-7"
      />
      {!isNarrow && <ColumnsMenu />}
      <Button asChild size="sm" variant={legs > 0 ? 'primary' : 'outline'}>
        <Link to="/basket">
          <ShoppingBasket /> {t('Basket')}
          <span className="tabular-nums">{legs}</span>
        </Link>
      </Button>
    </div>
  );
}
