import { NeedsBroker } from '@/app/shell/needs-broker';
import { ChainPage } from '@/features/option-chain/components/chain-page';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Option chain')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Option chain')}>
        <ChainPage />
      </NeedsBroker>
    </>
  );
}
