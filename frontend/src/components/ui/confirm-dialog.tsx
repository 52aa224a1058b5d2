import { AlertDialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { t } from '@/messages/words';

interface ConfirmDialogProps {
  isOpen: boolean;
  onClose: () => void;
  onConfirm: () => void;
  title: string;
  description: ReactNode;
  confirmLabel: string;
  cancelLabel?: string;
  isBusy?: boolean;
  children?: ReactNode;
}

/** Asks before something that cannot be taken back; `children` lists exactly what will be touched. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Radix.Root open={props.isOpen} onOpenChange={(open) => !open && props.onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-50 bg-black/50" />
        <Radix.Content
          data-modal="true"
          className="fixed top-1/2 left-1/2 z-50 flex max-h-[90dvh] w-[min(34rem,calc(100vw-1.5rem))] -translate-x-1/2 -translate-y-1/2 flex-col gap-3 rounded-md border border-line-strong bg-panel p-4 shadow-[var(--shadow)]"
        >
          <Radix.Title className="font-semibold text-base leading-6">{props.title}</Radix.Title>
          <Radix.Description className="text-muted">{props.description}</Radix.Description>
          {props.children && (
            <div className="min-h-0 overflow-auto rounded border border-line">{props.children}</div>
          )}
          <div className="flex justify-end gap-2">
            <Radix.Cancel asChild>
              <Button>{props.cancelLabel ?? t('Keep as is')}</Button>
            </Radix.Cancel>
            <Button variant="danger" isBusy={props.isBusy} onClick={props.onConfirm}>
              {props.confirmLabel}
            </Button>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
