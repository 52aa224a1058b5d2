import { NeedsBroker } from '@/app/shell/needs-broker';
import { HoldingBook } from '@/features/holdings/components/holding-book';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Holdings')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Holdings')}>
        <HoldingBook />
      </NeedsBroker>
    </>
  );
}
