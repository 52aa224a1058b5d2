import { NeedsBroker } from '@/app/shell/needs-broker';
import { DriftBook } from '@/features/drift/components/drift-book';

export function Component() {
  return (
    <>
      <title>Drift · OpenAlgo</title>
      <NeedsBroker title="Drift">
        <DriftBook />
      </NeedsBroker>
    </>
  );
}
