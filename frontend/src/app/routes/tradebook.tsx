import { NeedsBroker } from '@/app/shell/needs-broker';
import { TradeBook } from '@/features/trades/components/trade-book';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Trades')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Trades')}>
        <TradeBook />
      </NeedsBroker>
    </>
  );
}
