import { create } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import { useSession } from '@/lib/session/bootstrap';
import { stakesOf } from '@/lib/session/stakes';

/** What a trader types before the first order with real money. */
export const CONSENT_WORD = 'LIVE';

interface LiveConsent {
  /** User and account of each consent; lives as long as the browser tab and the sign-in. */
  given: string[];
}

const useGiven = create<LiveConsent>()(
  persist(() => ({ given: [] as string[] }), {
    name: 'openalgo.live-consent',
    version: 1,
    storage: createJSONStorage(() => sessionStorage),
  }),
);

/** Whether the word is asked for once for each sign-in, or before every order. */
export const useConsentRule = create<{ rule: 'first' | 'always' }>()(() => ({ rule: 'first' }));

/** Whoever signs in is asked again. */
export function withdrawLiveConsent(): void {
  useGiven.setState({ given: [] });
}

/** Whether the first order with real money is still ahead for this user and account, and how to note that it is not. */
export function useLiveConsent() {
  const session = useSession();
  const key = `${session.user?.username}:${session.account?.id}`;
  const isAlways = useConsentRule(({ rule }) => rule === 'always');
  const isGiven = useGiven(({ given }) => given.includes(key));
  return {
    isNeeded: stakesOf(session).kind === 'live' && (isAlways || !isGiven),
    give: () => useGiven.setState(({ given }) => ({ given: [...given.filter((one) => one !== key), key] })),
  };
}
