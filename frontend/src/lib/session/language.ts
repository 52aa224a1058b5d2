import { useMutation } from '@tanstack/react-query';
import { toast } from 'sonner';
import { api } from '@/lib/api/client';
import { messageOf } from '@/lib/api/errors';
import { z } from '@/lib/schema';
import { LANGUAGES, type Language, openIn, t } from '@/messages/words';

const DOCUMENTS = '/preferences/documents';
const savedSchema = z.object({
  language: z.object({ value: z.enum(LANGUAGES).nullish().catch(null) }).optional(),
});

/** Keeps the language with the user and opens the desk in it. */
export function useChooseLanguage() {
  return useMutation({
    mutationFn: (language: Language) => api.put(`${DOCUMENTS}/language`, z.unknown(), { value: language }),
    onSuccess: (_answer, language) => openIn(language),
    onError: (error) => toast.error(t('The language was not changed'), { description: messageOf(error) }),
  });
}

/** After signing in: what the user chose before counts for this browser, too. */
export async function openInSavedLanguage(): Promise<void> {
  try {
    const saved = (await api.get(DOCUMENTS, savedSchema)).language?.value;
    if (saved) openIn(saved);
  } catch {
    // Nobody is kept out of the desk because a habit could not be read.
  }
}
