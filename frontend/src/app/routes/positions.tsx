import { NeedsBroker } from '@/app/shell/needs-broker';
import { PositionBook } from '@/features/positions/components/position-book';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Positions')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Positions')}>
        <PositionBook />
      </NeedsBroker>
    </>
  );
}
