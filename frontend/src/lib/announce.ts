import { toast } from 'sonner';

type Tone = 'success' | 'error' | 'info' | 'warning';

const MEMORY = 500;
const announced = new Set<string>();

/** Shows a toast once per `key`: the same event may reach the desk from its own answer, a push and a replay. */
export function announceOnce(key: string, tone: Tone, title: string, description?: string): boolean {
  if (announced.has(key)) return false;
  announced.add(key);
  if (announced.size > MEMORY) {
    const oldest = announced.values().next().value;
    if (oldest !== undefined) announced.delete(oldest);
  }
  toast[tone](title, { id: key, description });
  return true;
}

export function forgetAnnounced(): void {
  announced.clear();
}
