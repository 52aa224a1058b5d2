import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { nameOf, type WaitingOrder, waitingOrderAnswer } from '@/features/approvals/api/get-waiting-orders';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const resultsSchema = z.object({
  results: z.array(
    z.object({
      pending_order_id: z.number(),
      outcome: z.string().nullable(),
      message: z.string().nullable(),
    }),
  ),
});
const removedSchema = z.object({ deleted: z.number() });
const rejectedSchema = z.object({ rejected: z.number() });

/** How an approved order ended, in the server's words; anything but "accepted" is said loudly. */
function announce(done: WaitingOrder): void {
  const name = nameOf(done);
  if (done.outcome === 'accepted') {
    toast.success(t('Approved and sent: {{order}}', { order: name }), {
      description: t('Order {{orderid}}', { orderid: done.broker_order_id ?? '' }),
    });
  } else if (done.outcome === 'unknown') {
    toast.warning(t('Outcome not known: {{order}}', { order: name }), {
      description: done.message ?? undefined,
    });
  } else if (done.outcome === null) {
    toast.error(t('Not sent, still waiting: {{order}}', { order: name }), {
      description: done.confirm_reason ?? done.message ?? undefined,
    });
  } else {
    toast.error(`${done.outcome === 'partial' ? t('Sent in part') : t('Refused')}: ${name}`, {
      description: done.message ?? undefined,
    });
  }
}

function useRefresh() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: queryKeys.approvals }),
      client.invalidateQueries({ queryKey: queryKeys.book }),
    ]);
}

export function useApprove() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ order, confirm }: { order: WaitingOrder; confirm: boolean }) =>
      api.post(`/action-center/${order.id}/approve`, waitingOrderAnswer, { confirm }),
    onSuccess: announce,
    onSettled: refresh,
  });
}

export function useReject() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (order: WaitingOrder) =>
      api.post(`/action-center/${order.id}/reject`, waitingOrderAnswer, { reason: '' }),
    onSuccess: (done) => toast.info(t('Rejected: {{order}}', { order: nameOf(done), context: 'approval' })),
    onError: (error) => toast.error(t('Not rejected'), { description: messageOf(error) }),
    onSettled: refresh,
  });
}

/** Takes a decided order off the list; the server keeps it while its outcome is unknown. */
export function useRemove() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (order: WaitingOrder) => api.delete(`/action-center/${order.id}`, removedSchema),
    onError: (error) => toast.error(t('Not removed'), { description: messageOf(error) }),
    onSettled: refresh,
  });
}

export function useApproveAll() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => api.post('/action-center/approve-all', resultsSchema),
    onSuccess: ({ results }) => {
      const sent = results.filter(({ outcome }) => outcome === 'accepted').length;
      const rest = results.length - sent;
      if (rest > 0) {
        toast.warning(t('{{sent}} sent, {{rest}} not', { sent, rest }), {
          description: t('Each order says why.'),
        });
      } else toast.success(t('{{count}} sent', { count: sent }));
    },
    onError: (error) => toast.error(t('Approve all did not finish'), { description: messageOf(error) }),
    onSettled: refresh,
  });
}

export function useRejectAll() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => api.post('/action-center/reject-all', rejectedSchema, { reason: '' }),
    onSuccess: ({ rejected }) => toast.info(t('{{count}} rejected', { count: rejected })),
    onError: (error) => toast.error(t('Reject all did not finish'), { description: messageOf(error) }),
    onSettled: refresh,
  });
}
