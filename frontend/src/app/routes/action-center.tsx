import { NeedsBroker } from '@/app/shell/needs-broker';
import { ActionCenter } from '@/features/approvals/components/action-center';

export function Component() {
  return (
    <>
      <title>Action centre · OpenAlgo</title>
      <NeedsBroker title="Action centre">
        <ActionCenter />
      </NeedsBroker>
    </>
  );
}
