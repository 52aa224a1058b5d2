import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { checkParameters, findIndicator } from '@/features/chart/indicators/catalogue';
import { FIRST_LOOK, PAIRS, STYLES } from '@/features/chart/view/look';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const KEY = 'chart';

const chosenSchema = z.object({ name: z.string(), parameters: z.record(z.string(), z.number()) });

/** An indicator on the chart, with its parameters. */
export type Chosen = z.output<typeof chosenSchema>;

const drawingSchema = z.object({
  isVolumeShown: z.boolean().catch(true),
  // What this page cannot draw is left out rather than guessed at.
  indicators: z
    .array(chosenSchema)
    .catch([])
    .transform((chosen) => chosen.filter(isDrawable)),
});

/** A style or a pair of colours that this page does not know is the first one. */
const lookSchema = z.object({
  style: z.enum(STYLES).catch(FIRST_LOOK.style),
  pair: z.enum(PAIRS).catch(FIRST_LOOK.pair),
});

/** What is drawn besides the prices. */
export type Drawing = z.output<typeof drawingSchema>;

const settingsSchema = drawingSchema.extend({
  symbol: z.string().nullable().catch(null),
  exchange: z.string().nullable().catch(null),
  interval: z.string().nullable().catch(null),
  /** How prices are drawn, on every chart. */
  look: lookSchema.catch(FIRST_LOOK),
  /** Drawings that instruments have of their own, by exchange and symbol; the one changed last stands last. */
  own: z.record(z.string(), drawingSchema).catch({}),
});

/** What the chart page remembers of a user: the last instrument and interval, and what is drawn. */
export type ChartSettings = z.output<typeof settingsSchema>;

export const FIRST_SETTINGS: ChartSettings = {
  symbol: null,
  exchange: null,
  interval: null,
  isVolumeShown: true,
  indicators: [{ name: 'ema', parameters: { period: 20 } }],
  look: FIRST_LOOK,
  own: {},
};

function isDrawable({ name, parameters }: Chosen): boolean {
  const indicator = findIndicator(name);
  return indicator !== undefined && Object.keys(checkParameters(indicator, parameters)).length === 0;
}

export function readSettings(text: string | undefined): ChartSettings {
  if (!text) return FIRST_SETTINGS;
  try {
    const read = settingsSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : FIRST_SETTINGS;
  } catch {
    return FIRST_SETTINGS;
  }
}

export const settingsQuery = queryOptions({
  queryKey: queryKeys.preferences,
  queryFn: async () => readSettings((await api.get('/preferences', z.record(z.string(), z.string())))[KEY]),
  staleTime: 10 * 60_000,
});

/** Remembers settings; shown at once, and said when they could not be kept. */
export function useSaveSettings() {
  const client = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (settings: ChartSettings) =>
      api.put(`/preferences/${KEY}`, z.unknown(), { value: JSON.stringify(settings) }),
    onMutate: async (settings) => {
      await client.cancelQueries({ queryKey: settingsQuery.queryKey });
      client.setQueryData(settingsQuery.queryKey, settings);
    },
    onError: (error) =>
      toast.error(t('The chart settings were not saved'), {
        id: 'chart-settings',
        description: messageOf(error),
      }),
  });
  return mutate;
}
