import { ApiKeyPanel } from '@/features/apikey/components/api-key-panel';
import { KeysPanel } from '@/features/apikey/components/keys-panel';

/** The first key at hand, and the table of all. */
export function ApiKeys() {
  return (
    <>
      <ApiKeyPanel />
      <KeysPanel />
    </>
  );
}
