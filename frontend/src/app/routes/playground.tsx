import { PlaygroundPage } from '@/features/playground/components/playground-page';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Playground')} · OpenAlgo`}</title>
      <PlaygroundPage />
    </>
  );
}
