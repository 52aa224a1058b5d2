import type { UseMutationResult } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from 'sonner';
import { ApiError, messageOf } from '@/lib/api/errors';

/** Carries a change out: the server's complaints go under their fields, whatever else went wrong is said beside the form. */
export function useSave<V>(change: UseMutationResult<unknown, Error, V>, done: string, onDone: () => void) {
  const [errors, setErrors] = useState<Record<string, string>>({});
  const save = (values: V) => {
    setErrors({});
    change.mutate(values, {
      onSuccess: () => {
        toast.success(done);
        onDone();
      },
      onError: (error) => {
        const fields = error instanceof ApiError ? Object.entries(error.fields) : [];
        setErrors({
          form: messageOf(error),
          ...Object.fromEntries(fields.map(([name, texts]) => [name, texts.join('; ')])),
        });
      },
    });
  };
  return { save, errors, isBusy: change.isPending };
}
