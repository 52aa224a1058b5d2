import { NeedsBroker } from '@/app/shell/needs-broker';
import { DriftBook } from '@/features/drift/components/drift-book';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Drift')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Drift')}>
        <DriftBook />
      </NeedsBroker>
    </>
  );
}
