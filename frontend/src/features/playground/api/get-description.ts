import { queryOptions } from '@tanstack/react-query';
import { descriptionSchema, operationsOf } from '@/features/playground/model/description';
import { ApiError } from '@/lib/api/errors';
import { queryKeys } from '@/lib/query-keys';
import { t } from '@/messages/words';

const DEADLINE_MS = 20_000;

/** The description is public and of the REST API, so it needs neither session nor key. */
async function fetchDescription() {
  const answer = await fetch('/api/v1/swagger.json', {
    credentials: 'omit',
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch(() => {
    throw new ApiError(t('The server cannot be reached.'), { status: 0, code: 'UNREACHABLE' });
  });
  if (!answer.ok)
    throw new ApiError(t('The API description was refused (HTTP {{status}}).', { status: answer.status }), {
      status: answer.status,
    });
  const parsed = descriptionSchema.safeParse(await answer.json().catch(() => null));
  if (!parsed.success)
    throw new ApiError(t('The API description has a form that this page does not know.'), {
      status: answer.status,
      code: 'BAD_ANSWER',
    });
  return { ...parsed.data, operations: operationsOf(parsed.data) };
}

export const descriptionQuery = queryOptions({
  queryKey: queryKeys.apiDescription,
  queryFn: fetchDescription,
  staleTime: 10 * 60_000,
});
