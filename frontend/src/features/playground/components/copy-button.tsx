import { Copy } from 'lucide-react';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';

interface CopyButtonProps {
  label: string;
  /** Made when it is asked for: a large answer is costly to write out. */
  text: () => string;
}

export function CopyButton({ label, text }: CopyButtonProps) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      toast.success('Copied');
    } catch {
      toast.error('The browser did not allow copying', {
        description: 'Select the text and copy it by hand.',
      });
    }
  };
  return (
    <Button size="xs" aria-label={label} onClick={() => void copy()}>
      <Copy /> Copy
    </Button>
  );
}
