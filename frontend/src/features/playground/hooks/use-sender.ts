import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Answer, sendRequest } from '@/features/playground/api/send-request';
import { remember, type Sent } from '@/features/playground/hooks/history';
import type { Operation } from '@/features/playground/model/description';
import { type Explanation, explainAnswer, explainSilence } from '@/features/playground/model/explain';
import { prepare, textOf, type Values } from '@/features/playground/model/request';
import { messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { bootstrapQuery, useSession } from '@/lib/session/bootstrap';
import { stakesOf } from '@/lib/session/stakes';
import { t } from '@/messages/words';

/** A call that waits for its sender's word, because money is or becomes real. */
export interface Pending {
  operation: Operation;
  values: Values;
  key: string;
}

type Phase = 'idle' | 'checking' | 'sending';

/** Sends calls; those that may move real money only after a word, and only when the server has just said the mode. */
export function useSender(onSent: (sent: Sent) => void) {
  const client = useQueryClient();
  const { user } = useSession();
  const [phase, setPhase] = useState<Phase>('idle');
  const [pending, setPending] = useState<Pending | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);

  const transmit = async ({ operation, values, key }: Pending) => {
    setPending(null);
    setPhase('sending');
    let answer: Answer | null = null;
    let explanation: Explanation | null;
    try {
      answer = await sendRequest(prepare(operation, values, key, location.origin));
      explanation = explainAnswer(operation, answer.status, answer.json);
    } catch (error) {
      explanation = explainSilence(operation, messageOf(error));
    }
    setPhase('idle');
    const { apikey: _, ...shown } = values;
    onSent(
      remember(user?.username ?? '', {
        at: new Date(),
        operationId: operation.id,
        method: operation.method,
        draft: textOf(shown),
        answer,
        explanation,
      }),
    );
    if (operation.effect === 'mode') void client.invalidateQueries({ queryKey: queryKeys.bootstrap });
    if (operation.effect === 'orders') void client.invalidateQueries({ queryKey: queryKeys.book });
  };

  const send = async (call: Pending) => {
    if (phase !== 'idle') return;
    setRefusal(null);
    if (call.operation.effect === 'none') return transmit(call);
    setPhase('checking');
    try {
      // Another tab or client may have switched the mode since this page last heard of it.
      const session = await client.fetchQuery({ ...bootstrapQuery, staleTime: 0 });
      setPhase('idle');
      const isLive = stakesOf(session).kind === 'live';
      const endsPaper = call.operation.effect === 'mode' && call.values.mode !== true;
      if ((isLive && call.operation.effect === 'orders') || endsPaper) setPending(call);
      else await transmit(call);
    } catch (error) {
      setPhase('idle');
      setRefusal(
        t('Not sent: whether money is real could not be found out. {{reason}}', { reason: messageOf(error) }),
      );
    }
  };

  return {
    send,
    refusal,
    isBusy: phase !== 'idle',
    pending,
    confirm: () => pending && void transmit(pending),
    withdraw: () => setPending(null),
  };
}
