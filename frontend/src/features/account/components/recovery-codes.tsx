import { Copy, Download } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

/** The file that is saved: plain text that prints on one page. */
export function codesFile(codes: readonly string[], username: string): string {
  return [t('Recovery codes of {{username}} for OpenAlgo', { username }), '', ...codes, ''].join('\n');
}

interface RecoveryCodesProps {
  codes: readonly string[];
  onDone: () => void;
}

/** Shown once. Who closes without having kept them has to say so. */
export function RecoveryCodes({ codes, onDone }: RecoveryCodesProps) {
  const { user } = useSession();
  const [isKept, setIsKept] = useState(false);
  const text = codesFile(codes, user?.username ?? '');

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setIsKept(true);
      toast.success(t('Recovery codes copied'));
    } catch {
      toast.error(t('The browser did not allow copying'), {
        description: t('Select the codes and copy them by hand.'),
      });
    }
  };
  const download = () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    link.download = 'openalgo-recovery-codes.txt';
    link.click();
    URL.revokeObjectURL(link.href);
    setIsKept(true);
  };
  return (
    <div className="grid gap-3">
      <p>{t('Each code opens the desk once when the authenticator is lost. They are shown only now.')}</p>
      <ol
        aria-label={t('Recovery codes')}
        className="grid select-all gap-x-6 gap-y-1 rounded border border-line-strong bg-bg p-3 font-mono text-xs sm:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => void copy()}>
          <Copy /> {t('Copy')}
        </Button>
        <Button onClick={download}>
          <Download /> {t('Download')}
        </Button>
      </div>
      <label className="flex items-center gap-2">
        <input type="checkbox" checked={isKept} onChange={(event) => setIsKept(event.target.checked)} />
        {t('I have kept the codes in a safe place')}
      </label>
      <Button variant="primary" disabled={!isKept} onClick={onDone} className="justify-self-end">
        {t('Done')}
      </Button>
    </div>
  );
}
