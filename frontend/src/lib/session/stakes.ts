import { useSession } from '@/lib/session/bootstrap';
import type { Bootstrap } from '@/lib/session/schema';
import { t } from '@/messages/words';

/** What an order put in now would risk. `none`: no account, so there is nothing to trade with. */
export type StakesKind = 'live' | 'practice' | 'paper' | 'none';

export interface Stakes {
  kind: StakesKind;
  /** What a trader reads on badges and buttons. */
  word: string;
  /** One sentence on where orders go. */
  meaning: string;
}

const STAKES: Record<StakesKind, Stakes> = {
  live: {
    kind: 'live',
    word: 'LIVE',
    meaning: t('Real money: orders go to the exchange through your broker'),
  },
  practice: {
    kind: 'practice',
    word: 'PRACTICE',
    meaning: t('No real money: orders go to the practice exchange'),
  },
  paper: {
    kind: 'paper',
    word: 'PAPER',
    meaning: t('No real money: orders are simulated, nothing reaches the broker'),
  },
  none: { kind: 'none', word: 'NO ACCOUNT', meaning: t('No account is active, orders cannot be placed') },
};

/** The only place that decides whether money is real: whatever is not known to be play is real. */
export function stakesOf({ mode, account }: Pick<Bootstrap, 'mode' | 'account'>): Stakes {
  if (mode === 'analyze') return STAKES.paper;
  if (!account) return STAKES.none;
  return account.practice ? STAKES.practice : STAKES.live;
}

export function useStakes(): Stakes {
  return stakesOf(useSession());
}
