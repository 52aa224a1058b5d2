import { create } from 'zustand';
import type { Answer } from '@/features/playground/api/send-request';
import type { Explanation } from '@/features/playground/model/explain';

const KEPT = 30;
const LARGEST_KEPT = 1_000_000;

/** One call of this session; never with the key. */
export interface Sent {
  id: number;
  at: Date;
  operationId: string;
  method: string;
  /** What was typed, so that it can be sent again. */
  draft: string;
  answer: Answer | null;
  explanation: Explanation | null;
}

interface History {
  /** Whose calls these are: whoever signs in next starts empty. */
  owner: string | null;
  sent: readonly Sent[];
}

/** In memory alone: a reload forgets it. */
const useHistoryStore = create<History>()(() => ({ owner: null, sent: [] }));
const NOTHING: readonly Sent[] = [];
let next = 1;

export function useHistory(owner: string): readonly Sent[] {
  return useHistoryStore((state) => (state.owner === owner ? state.sent : NOTHING));
}

export function remember(owner: string, call: Omit<Sent, 'id'>): Sent {
  const sent = { ...call, id: next };
  next += 1;
  useHistoryStore.setState((state) => {
    const before = state.owner === owner ? state.sent : NOTHING;
    // The newest answer is kept whole; of older ones, the large would fill the browser's memory.
    const lean = before.map((one) =>
      one.answer && one.answer.text.length > LARGEST_KEPT
        ? { ...one, answer: { ...one.answer, text: '', json: undefined } }
        : one,
    );
    return { owner, sent: [sent, ...lean].slice(0, KEPT) };
  });
  return sent;
}

export function forgetHistory(): void {
  useHistoryStore.setState({ owner: null, sent: [] });
}
