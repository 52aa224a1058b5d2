import { NeedsBroker } from '@/app/shell/needs-broker';
import { PositionBook } from '@/features/positions/components/position-book';

export function Component() {
  return (
    <>
      <title>Positions · OpenAlgo</title>
      <NeedsBroker title="Positions">
        <PositionBook />
      </NeedsBroker>
    </>
  );
}
