import { Copy } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { t } from '@/messages/words';

interface LinkDialogProps {
  username: string;
  link: string;
  onClose: () => void;
}

/** An invitation to hand over, where the installation sends no mail. */
export function LinkDialog({ username, link, onClose }: LinkDialogProps) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      setIsCopied(true);
    } catch {
      toast.error(t('The browser did not allow copying'));
    }
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Invitation of {{name}}', { name: username })}
      description={t('Hand this link over: with it the user chooses a password. It is shown once.')}
    >
      <div className="grid gap-3">
        <output
          aria-label={t('Invitation link')}
          className="select-all break-all rounded border border-line-strong bg-bg px-3 py-2 font-mono text-sm"
        >
          {link}
        </output>
        <div className="flex justify-end gap-2">
          <Button onClick={() => void copy()}>
            <Copy /> {isCopied ? t('Copied') : t('Copy')}
          </Button>
          <Button variant="primary" onClick={onClose}>
            {t('Done')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
