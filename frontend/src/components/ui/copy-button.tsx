import { Copy } from 'lucide-react';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { t } from '@/messages/words';

interface CopyButtonProps {
  label: string;
  /** Made when it is asked for: a large answer is costly to write out. */
  text: () => string;
}

export function CopyButton({ label, text }: CopyButtonProps) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      toast.success(t('Copied'));
    } catch {
      toast.error(t('The browser did not allow copying'), {
        description: t('Select the text and copy it by hand.'),
      });
    }
  };
  return (
    <Button size="xs" aria-label={label} onClick={() => void copy()}>
      <Copy /> {t('Copy')}
    </Button>
  );
}
