import { useLayoutEffect } from 'react';
import { t } from '@/messages/words';

/** How many stand for what is not there yet; one may take over from another. */
let standing = 0;

/** Takes away what the server sent in place of the desk, in the frame in which the desk itself appears. */
function endFrame(): void {
  if (standing === 0) document.getElementById('frame')?.remove();
}

export function Splash() {
  useLayoutEffect(() => {
    standing += 1;
    return () => {
      standing -= 1;
      queueMicrotask(endFrame);
    };
  }, []);
  return (
    <div role="status" className="grid h-dvh place-items-center text-muted">
      <span className="flex items-center gap-2">
        <img src="/favicon.svg" alt="" className="size-6" /> {t('Opening the desk…')}
      </span>
    </div>
  );
}
