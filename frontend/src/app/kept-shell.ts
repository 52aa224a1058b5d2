import { toast } from 'sonner';
import { t } from '@/messages/words';

/**
 * Installs the service worker that keeps the shell, once the page has its own files and time to spare. A newer one
 * takes over when the trader says so, and then only this page loads itself again.
 */
export function keepShell(): void {
  if (!('serviceWorker' in navigator)) return;
  const begin = () => setTimeout(() => void register(), 3000);
  if (document.readyState === 'complete') begin();
  else addEventListener('load', begin, { once: true });
}

async function register(): Promise<void> {
  // Private windows, strict policies and test browsers refuse it, some of them silently: the desk works without.
  const registration: ServiceWorkerRegistration | undefined = await navigator.serviceWorker
    .register('/sw.js')
    .catch(() => undefined);
  if (!registration) return;
  if (registration.waiting) offer(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const worker = registration.installing;
    worker?.addEventListener('statechange', () => {
      // The very first one has nothing to replace.
      if (worker.state === 'installed' && navigator.serviceWorker.controller) offer(worker);
    });
  });
  setInterval(() => void registration.update().catch(() => {}), 60 * 60_000);
}

/** `worker` has everything of a newer version and waits. */
export function offer(worker: ServiceWorker): void {
  toast.info(t('A new version of the desk is ready'), {
    id: 'new-version',
    description: t('What is open here stays as it is until you reload.'),
    duration: Number.POSITIVE_INFINITY,
    action: {
      label: t('Reload'),
      onClick: () => {
        navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
        worker.postMessage('skip-waiting');
      },
    },
  });
}
