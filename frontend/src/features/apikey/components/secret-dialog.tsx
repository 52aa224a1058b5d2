import { Copy } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { t } from '@/messages/words';

interface SecretDialogProps {
  name: string;
  secret: string;
  onClose: () => void;
}

/** A key in clear, once. */
export function SecretDialog({ name, secret, onClose }: SecretDialogProps) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret);
      setIsCopied(true);
    } catch {
      toast.error(t('The browser did not allow copying'), {
        description: t('Select the key and copy it by hand.'),
      });
    }
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Key of {{name}}', { name })}
      description={t('It is shown now and never again. Keep it where only its program reads it.')}
    >
      <div className="grid gap-3">
        <output
          aria-label={t('New key')}
          className="select-all break-all rounded border border-line-strong bg-bg px-3 py-2 font-mono text-sm"
        >
          {secret}
        </output>
        <div className="flex justify-end gap-2">
          <Button onClick={() => void copy()}>
            <Copy /> {isCopied ? t('Copied') : t('Copy')}
          </Button>
          <Button variant="primary" onClick={onClose}>
            {t('I have kept it')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
