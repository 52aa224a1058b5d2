import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const answerSchema = z.object({
  canceled_orders: z.array(z.unknown()),
  failed_cancellations: z.array(z.unknown()),
  message: z.string().optional(),
});

export function useCancelAllOrders() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post('/orders/cancel-all', answerSchema),
    onSuccess: ({ canceled_orders: cancelled, failed_cancellations: failed }) => {
      const done = `${cancelled.length} cancelled`;
      if (failed.length > 0) {
        toast.error(`${done}, ${failed.length} not cancelled`, {
          description: 'The orders that stay are shown as open.',
        });
      } else toast.success(done);
    },
    onError: (error) => toast.error('Cancel all did not finish', { description: messageOf(error) }),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.book }),
  });
}
