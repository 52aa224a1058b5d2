import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { t } from '@/messages/words';

interface SecretProps {
  label: string;
  lead: string;
  warning: string;
  secret: string;
  onDone: () => void;
}

/** What the server says once and never again. */
export function ShownOnce({ label, lead, warning, secret, onDone }: SecretProps) {
  return (
    <div className="grid gap-3">
      <p>{lead}</p>
      <div className="flex items-start gap-2 rounded border border-line bg-raised p-2">
        <output aria-label={label} className="min-w-0 flex-1 select-all break-all font-mono text-xs">
          {secret}
        </output>
        <CopyButton label={t('Copy: {{title}}', { title: label })} text={() => secret} />
      </div>
      <p className="text-warn text-xs">{warning}</p>
      <Button variant="primary" className="justify-self-end" onClick={onDone}>
        {t('I have copied it')}
      </Button>
    </div>
  );
}

export function WebhookUrl({ url, onDone }: { url: string; onDone: () => void }) {
  return (
    <ShownOnce
      label={t('Webhook URL')}
      lead={t(
        'Paste this URL where the platform asks for a webhook. It is shown only now; a new one can be made.',
      )}
      warning={t('Whoever knows it can trade these symbols: treat it like a password.')}
      secret={url}
      onDone={onDone}
    />
  );
}
