import { useEffect, useState } from 'react';
import { formatDuration, formatMoment } from '@/lib/format';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

const TICK_MS = 30_000;
const SOON_MS = 30 * 60_000;

/** How long each connected broker session still lasts, so that nobody is surprised in the middle of a day. */
export function SessionCountdowns() {
  const { accounts } = useSession();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const ending = accounts.filter(({ session }) => session.state === 'valid' && session.expires_at);
  if (ending.length === 0) return null;
  return (
    <dl
      aria-label={t('Broker sessions')}
      className="flex flex-wrap gap-x-8 gap-y-1 border-line border-b px-4 py-2 text-xs"
    >
      {ending.map(({ id, label, session }) => {
        const left = Date.parse(session.expires_at ?? '') - now;
        return (
          <div key={id} className="flex gap-2">
            <dt className="text-muted">{label}</dt>
            <dd className={left < SOON_MS ? 'text-warn tabular-nums' : 'tabular-nums'}>
              {left > 0
                ? t('ends in {{time}} ({{moment}})', {
                    time: formatDuration(left),
                    moment: formatMoment(session.expires_at),
                  })
                : t('has ended; connect again')}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
