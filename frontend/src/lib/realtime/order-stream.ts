/** What the server says to a request for order updates; `seq`: from there on everything is told. */
interface Reply {
  status: string;
  seq: number;
  gap: boolean;
}

/** Asks for order updates behind a number, null for whatever comes; answers undefined when nothing came back. */
export type AskOrders = (request: { after: number | null }, answer: (reply: unknown) => void) => void;

export interface OrderStream {
  /** The line is up: go on where it broke. */
  begin: () => void;
  /** The line is down, or the desk closes. */
  pause: () => void;
  /** Whether an order update is news; what was heard, or comes again after a hole, is not. */
  hear: (payload: Record<string, unknown>) => boolean;
}

const RETRY_MS = 5_000;

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function isReply(value: unknown): value is Reply {
  const reply = value as Partial<Reply> | null | undefined;
  return reply?.status === 'success' && numberOf(reply.seq) !== null;
}

/**
 * Follows the order stream over broken lines. Numbers follow each other but where the server was restarted, so any
 * jump is asked about. `onGap`: what was missed is no longer kept, or cannot be told now, so the book must be read.
 */
export function followOrders(ask: AskOrders, onGap: () => void): OrderStream {
  let isUp = false;
  let isAsking = false;
  let turn = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  /** Up to here everything was heard; null before the first answer. */
  let position: number | null = null;

  const request = () => {
    turn += 1;
    const mine = turn;
    isAsking = true;
    clearTimeout(retry);
    ask({ after: position }, (reply) => {
      if (mine !== turn) return;
      if (!isReply(reply)) {
        onGap();
        retry = setTimeout(request, RETRY_MS);
        return;
      }
      isAsking = false;
      position = reply.gap ? reply.seq : Math.max(position ?? 0, reply.seq);
      if (reply.gap) onGap();
    });
  };

  return {
    begin() {
      isUp = true;
      request();
    },
    pause() {
      isUp = false;
      turn += 1;
      clearTimeout(retry);
    },
    hear(payload) {
      const seq = numberOf(payload.seq);
      if (seq === null) return true;
      if (position !== null && seq <= position) return false;
      const isNext = position === null || seq === position + 1;
      // While it is asked, only the answer counts: what was sent before the server heard the question comes in it again.
      if (isAsking ? payload.replayed !== true : !isNext) {
        if (!isAsking && isUp) request();
        return false;
      }
      position = seq;
      return true;
    },
  };
}
