import { useMutation } from '@tanstack/react-query';
import type { PlacedLeg } from '@/features/basket/model/templates';
import { api } from '@/lib/api/client';
import type { Underlying } from '@/lib/instruments/options';
import { instrumentSchema } from '@/lib/instruments/schema';
import { maybeNumber } from '@/lib/numbers';
import { z } from '@/lib/schema';

const pickedSchema = z.object({
  underlying_ltp: maybeNumber,
  /** `units` stand against one lot of the options. */
  legs: z.array(instrumentSchema.extend({ units: z.number() })),
});

/** Contracts of places, all counted from one price of the underlying. */
export function usePickLegs() {
  return useMutation({
    mutationFn: (asked: Underlying & { legs: readonly PlacedLeg[] }) =>
      api.post('/options/pick', pickedSchema, asked),
  });
}
