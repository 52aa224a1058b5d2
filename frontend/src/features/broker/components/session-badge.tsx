import { Badge, type Tone } from '@/components/ui/badge';
import { formatMoment } from '@/lib/format';
import type { Account } from '@/lib/session/schema';
import { t } from '@/messages/words';

const STATES: Record<Account['session']['state'], { tone: Tone; word: string }> = {
  none: { tone: 'neutral', word: t('not connected') },
  valid: { tone: 'good', word: t('connected') },
  expired: { tone: 'warn', word: t('session expired') },
  revoked: { tone: 'bad', word: t('session revoked') },
};

export function SessionBadge({ session }: Pick<Account, 'session'>) {
  const { tone, word } = STATES[session.state];
  return <Badge tone={tone}>{word}</Badge>;
}

/** When the session began or ends, or why it ended: one line under the badge. */
export function sessionDetail({ session }: Pick<Account, 'session'>): string {
  if (session.state === 'valid')
    return session.expires_at
      ? t('until {{time}}', { time: formatMoment(session.expires_at) })
      : t('no end announced');
  return session.reason ?? (session.since ? t('since {{time}}', { time: formatMoment(session.since) }) : '');
}
