import { t } from '@/messages/words';

export function Splash() {
  return (
    <div role="status" className="grid h-dvh place-items-center text-muted">
      <span className="flex items-center gap-2">
        <img src="/favicon.svg" alt="" className="size-6" /> {t('Opening the desk…')}
      </span>
    </div>
  );
}
