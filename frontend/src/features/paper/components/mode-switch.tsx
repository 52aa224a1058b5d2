import { useState } from 'react';
import { toast } from 'sonner';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Segmented } from '@/components/ui/segmented';
import { useSwitchMode } from '@/features/paper/api/paper';
import { messageOf } from '@/lib/api/errors';
import { useSession } from '@/lib/session/bootstrap';

/** Paper is chosen at once; the way back to orders that reach an account is asked about. */
export function ModeSwitch() {
  const { mode, account } = useSession();
  const { mutate, isPending } = useSwitchMode();
  const [isAsking, setIsAsking] = useState(false);
  const other = account?.practice ? 'Practice' : 'Live';
  const change = (analyze: boolean) =>
    mutate(analyze, {
      onError: (error) => toast.error('The mode was not changed', { description: messageOf(error) }),
      onSettled: () => setIsAsking(false),
    });
  return (
    <>
      <Segmented
        label="Where orders go"
        value={mode}
        options={[
          { value: 'analyze', label: 'Paper' },
          { value: 'live', label: other },
        ]}
        onChange={(next) => (next === 'live' ? setIsAsking(true) : change(true))}
        className="ml-auto w-40"
      />
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        onConfirm={() => change(false)}
        isBusy={isPending}
        title="Leave paper trading?"
        description={`Orders of every key and of this desk then go to ${account ? account.label : 'the active account'}. Paper positions stay and are squared off and settled as before.`}
        confirmLabel={other === 'Live' ? 'Trade live' : 'Leave paper'}
        cancelLabel="Stay on paper"
      />
    </>
  );
}
