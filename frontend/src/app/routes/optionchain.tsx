import { NeedsBroker } from '@/app/shell/needs-broker';
import { ChainPage } from '@/features/option-chain/components/chain-page';

export function Component() {
  return (
    <>
      <title>Option chain · OpenAlgo</title>
      <NeedsBroker title="Option chain">
        <ChainPage />
      </NeedsBroker>
    </>
  );
}
