import { NeedsBroker } from '@/app/shell/needs-broker';
import { TradeBook } from '@/features/trades/components/trade-book';

export function Component() {
  return (
    <>
      <title>Trades · OpenAlgo</title>
      <NeedsBroker title="Trades">
        <TradeBook />
      </NeedsBroker>
    </>
  );
}
