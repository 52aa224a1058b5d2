import { NeedsBroker } from '@/app/shell/needs-broker';
import { HoldingBook } from '@/features/holdings/components/holding-book';

export function Component() {
  return (
    <>
      <title>Holdings · OpenAlgo</title>
      <NeedsBroker title="Holdings">
        <HoldingBook />
      </NeedsBroker>
    </>
  );
}
