import { TableProperties } from 'lucide-react';
import { type ComponentProps, useState } from 'react';
import { OptionPicker } from '@/components/market/option-picker';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { t } from '@/messages/words';

interface OptionPickButtonProps
  extends ComponentProps<typeof OptionPicker>,
    Pick<ComponentProps<typeof Button>, 'size' | 'className'> {
  /** The dialog stays for a further contract, as where legs are collected. */
  isKeptOpen?: boolean;
}

/** Finds an option by its place instead of its symbol, wherever an instrument is asked for. */
export function OptionPickButton({ size = 'sm', className, isKeptOpen, ...picker }: OptionPickButtonProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size={size} className={className} onClick={() => setOpen(true)}>
        <TableProperties /> {t('Pick an option')}
      </Button>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title={t('Pick an option')}>
        <OptionPicker
          {...picker}
          onPick={(instrument) => {
            if (!isKeptOpen) setOpen(false);
            picker.onPick(instrument);
          }}
        />
      </Dialog>
    </>
  );
}
