import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { CopyButton } from '@/components/ui/copy-button';
import { Dialog } from '@/components/ui/dialog';
import type { StrategyView } from '@/features/strategies/api/get-strategies';
import { useNewWebhook } from '@/features/strategies/api/write-strategies';
import { Signing } from '@/features/strategies/components/signing';
import { WebhookUrl } from '@/features/strategies/components/webhook-url';
import { samplesOf } from '@/features/strategies/model/messages';
import { messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

/** How the strategy is reached: its URL, which can only be made anew, and messages to paste. */
export function WebhookPanel({ strategy }: { strategy: StrategyView }) {
  const [isAsked, setAsked] = useState(false);
  const renew = useNewWebhook();
  const path = strategy.platform === 'chartink' ? 'chartink' : 'strategy';
  return (
    <section aria-label={t('Webhook')} className="min-w-0 border-line border-b px-3 py-2 lg:border-l">
      <div className="flex items-center gap-2">
        <h2 className="font-semibold">{t('Webhook')}</h2>
        <Button size="sm" className="ml-auto" onClick={() => setAsked(true)}>
          {t('New URL')}
        </Button>
      </div>
      <p className="mt-1 break-all font-mono text-muted text-xs">
        {[location.origin, path, 'webhook', 'oaws_••••••••'].join('/')}
      </p>
      <p className="mt-1 text-muted text-xs">
        {t('The URL was shown when it was made and is stored nowhere. Lost it? Make a new one.')}
      </p>
      <Signing strategy={strategy} />
      <ul className="mt-2 grid gap-2">
        {samplesOf(strategy).map(({ title, text }) => (
          <li key={title} className="rounded border border-line">
            <div className="flex items-center gap-2 border-line border-b px-2 py-1">
              <h3 className="text-xs">{title}</h3>
              <span className="ml-auto">
                <CopyButton label={t('Copy: {{title}}', { title })} text={() => text} />
              </span>
            </div>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it. */}
            <pre tabIndex={0} className="overflow-auto p-2 font-mono text-xs">
              {text}
            </pre>
          </li>
        ))}
      </ul>
      <ConfirmDialog
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        onConfirm={() => renew.mutate(strategy, { onSuccess: () => setAsked(false) })}
        isBusy={renew.isPending}
        title={t('Make a new URL for {{name}}?', { name: strategy.name })}
        description={
          renew.error
            ? messageOf(renew.error)
            : t(
                'The present URL is dead at once: alerts that use it are refused until they have the new one.',
              )
        }
        confirmLabel={t('Make a new URL')}
      />
      {renew.data && (
        <Dialog isOpen onClose={renew.reset} title={strategy.name}>
          <WebhookUrl url={renew.data.webhook_url} onDone={renew.reset} />
        </Dialog>
      )}
    </section>
  );
}
