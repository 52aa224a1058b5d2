import { NeedsBroker } from '@/app/shell/needs-broker';
import { GttBook } from '@/features/gtts/components/gtt-book';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('GTT orders')} · OpenAlgo`}</title>
      <NeedsBroker title={t('GTT orders')}>
        <GttBook />
      </NeedsBroker>
    </>
  );
}
