import { playTone, type Tone } from '@/lib/tones';
import { useHabits } from '@/stores/trading-habits';

export interface News {
  key: string;
  tone: Tone;
  title: string;
  description?: string;
}

/** Calls the trader the way they chose, beside the toast. Quiet news stay quiet. */
export function callForAttention({ key, tone, title, description }: News): void {
  const { sounds, notifications } = useHabits.getState();
  if (tone === 'info' || !/^(order|alarm|switch|feed):/.test(key)) return;
  if (sounds) playTone(tone);
  if (!notifications || typeof Notification === 'undefined') return;
  if (document.visibilityState === 'hidden' && Notification.permission === 'granted')
    new Notification(title, { tag: key, ...(description && { body: description }) });
}
