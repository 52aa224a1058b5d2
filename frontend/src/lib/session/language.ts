import { useMutation } from '@tanstack/react-query';
import { toast } from 'sonner';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { z } from '@/lib/schema';
import { LANGUAGES, type Language, openIn, t } from '@/messages/words';

const KEY = 'language';
const savedSchema = z.object({ [KEY]: z.enum(LANGUAGES).nullish().catch(null) });

/** Keeps the language with the user and opens the desk in it. */
export function useChooseLanguage() {
  return useMutation({
    mutationFn: (language: Language) => api.put(`/preferences/${KEY}`, z.unknown(), { value: language }),
    onSuccess: (_answer, language) => openIn(language),
    onError: (error) => toast.error(t('The language was not changed'), { description: messageOf(error) }),
  });
}

/** After signing in: what the user chose before counts for this browser, too. */
export async function openInSavedLanguage(): Promise<void> {
  try {
    const saved = (await api.get('/preferences', savedSchema))[KEY];
    if (saved) openIn(saved);
  } catch {
    // Nobody is kept out of the desk because a habit could not be read.
  }
}
