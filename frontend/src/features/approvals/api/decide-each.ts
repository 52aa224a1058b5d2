import { useQueryClient } from '@tanstack/react-query';
import type { Outcome } from '@/components/bulk/bulk-dialog';
import { type WaitingOrder, waitingOrderAnswer } from '@/features/approvals/api/get-waiting-orders';
import { api } from '@/lib/api/client';
import { ApiError, messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { t } from '@/messages/words';

/** What the server's answer to one approval means. */
export function outcomeOf(done: WaitingOrder): Outcome {
  const detail = done.message ?? done.confirm_reason ?? undefined;
  if (done.outcome === 'accepted') {
    return {
      tone: 'good',
      word: t('sent'),
      ...(done.broker_order_id && { detail: t('Order {{orderid}}', { orderid: done.broker_order_id }) }),
    };
  }
  if (done.outcome === 'unknown')
    return { tone: 'warn', word: t('outcome unknown'), ...(detail && { detail }) };
  if (done.outcome === 'partial') return { tone: 'warn', word: t('sent in part'), ...(detail && { detail }) };
  if (done.outcome === null) return { tone: 'warn', word: t('still waiting'), ...(detail && { detail }) };
  return { tone: 'bad', word: t('refused'), ...(detail && { detail }) };
}

/** A failed call: the server's refusal means it still waits; no answer means that nobody knows. */
export function failureOf(error: unknown): Outcome {
  if (error instanceof ApiError && error.status > 0) {
    const isDoubtful = error.code === 'NEEDS_CONFIRMATION';
    return {
      tone: isDoubtful ? 'warn' : 'bad',
      word: isDoubtful ? t('look again') : t('not decided'),
      detail: error.message,
    };
  }
  return { tone: 'warn', word: t('not told'), detail: messageOf(error) };
}

/** One call an order, in turn: each approval is checked by the server as if it came alone. */
export function useDecideEach() {
  const client = useQueryClient();
  return async (orders: readonly WaitingOrder[], decision: 'approve' | 'reject') => {
    const outcomes = new Map<string, Outcome>();
    const body = decision === 'approve' ? { confirm: false } : { reason: '' };
    for (const { id } of orders) {
      try {
        const done = await api.post(`/action-center/${id}/${decision}`, waitingOrderAnswer, body);
        outcomes.set(
          String(id),
          decision === 'approve'
            ? outcomeOf(done)
            : { tone: 'good', word: t('rejected', { context: 'approval' }) },
        );
      } catch (error) {
        outcomes.set(String(id), failureOf(error));
      }
    }
    void client.invalidateQueries({ queryKey: queryKeys.approvals });
    void client.invalidateQueries({ queryKey: queryKeys.book });
    return outcomes;
  };
}
