import { Segmented } from '@/components/ui/segmented';
import { KeyBar } from '@/features/playground/components/key-bar';
import { RestTester } from '@/features/playground/components/rest-tester';
import { SocketTester } from '@/features/playground/components/socket-tester';
import { useHeldKey } from '@/features/playground/hooks/use-held-key';
import { useUrlState } from '@/hooks/use-url-state';
import { t } from '@/messages/words';

const PARTS = [
  { value: 'rest', label: 'REST' },
  { value: 'websocket', label: t('WebSocket') },
] as const;

/** The API and the stream, tried from the desk with the user's own key. */
export function PlaygroundPage() {
  const { read, set } = useUrlState();
  const part = read('tab') === 'websocket' ? 'websocket' : 'rest';
  const held = useHeldKey();
  return (
    <>
      <div className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b px-3 py-1">
        <h1 className="font-semibold text-base">{t('Playground')}</h1>
        <Segmented
          label={t('Part')}
          value={part}
          options={PARTS}
          onChange={(next) => set('tab', next === 'rest' ? null : next)}
          className="h-7 w-44"
        />
        <KeyBar held={held} />
      </div>
      {part === 'rest' ? <RestTester held={held} /> : <SocketTester held={held} />}
    </>
  );
}
