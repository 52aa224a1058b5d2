import { useState } from 'react';
import { toast } from 'sonner';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Segmented } from '@/components/ui/segmented';
import { useSwitchMode } from '@/features/paper/api/paper';
import { messageOf } from '@/lib/api/errors';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

/** Paper is chosen at once; the way back to orders that reach an account is asked about. */
export function ModeSwitch() {
  const { mode, account } = useSession();
  const { mutate, isPending } = useSwitchMode();
  const [isAsking, setIsAsking] = useState(false);
  const other = account?.practice ? t('Practice') : t('Live');
  const change = (analyze: boolean) =>
    mutate(analyze, {
      onError: (error) => toast.error(t('The mode was not changed'), { description: messageOf(error) }),
      onSettled: () => setIsAsking(false),
    });
  return (
    <>
      <Segmented
        label={t('Where orders go')}
        value={mode}
        options={[
          { value: 'analyze', label: t('Paper') },
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
        title={t('Leave paper trading?')}
        description={t(
          'Orders of every key and of this desk then go to {{account}}. Paper positions stay and are squared off and settled as before.',
          { account: account ? account.label : t('the active account') },
        )}
        confirmLabel={!account?.practice ? t('Trade live') : t('Leave paper')}
        cancelLabel={t('Stay on paper')}
      />
    </>
  );
}
