import { NeedsBroker } from '@/app/shell/needs-broker';
import { GttBook } from '@/features/gtts/components/gtt-book';

export function Component() {
  return (
    <>
      <title>GTT orders · OpenAlgo</title>
      <NeedsBroker title="GTT orders">
        <GttBook />
      </NeedsBroker>
    </>
  );
}
