import { PlaygroundPage } from '@/features/playground/components/playground-page';

export function Component() {
  return (
    <>
      <title>Playground · OpenAlgo</title>
      <PlaygroundPage />
    </>
  );
}
