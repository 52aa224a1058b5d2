import type { FieldValues, Path, UseFormSetError } from 'react-hook-form';
import { ApiError, messageOf } from '@/lib/api/errors';

/** Puts the server's complaints under their fields, word for word; what belongs to no field goes to the form. */
export function showServerErrors<Form extends FieldValues>(
  error: unknown,
  fields: readonly Path<Form>[],
  setError: UseFormSetError<Form>,
): void {
  const complaints = error instanceof ApiError ? error.fields : {};
  const shown = fields.filter((field) => complaints[field]?.[0]);
  for (const field of shown) setError(field, { message: complaints[field]?.join('; ') });
  if (shown.length === 0) setError('root', { message: messageOf(error) });
}
