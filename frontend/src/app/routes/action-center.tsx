import { NeedsBroker } from '@/app/shell/needs-broker';
import { ActionCenter } from '@/features/approvals/components/action-center';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Action centre')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Action centre')}>
        <ActionCenter />
      </NeedsBroker>
    </>
  );
}
