export type Tone = 'success' | 'error' | 'info' | 'warning';

/** Two short notes up for good news, down for bad: told apart without looking. Hertz. */
const NOTES: Partial<Record<Tone, readonly [number, number]>> = {
  success: [660, 880],
  error: [440, 330],
  warning: [440, 330],
};
const NOTE_SECONDS = 0.11;
let audio: AudioContext | null = null;

export function playTone(tone: Tone): void {
  const notes = NOTES[tone];
  if (!notes || typeof AudioContext === 'undefined') return;
  audio ??= new AudioContext();
  const context = audio;
  void context.resume();
  notes.forEach((hertz, index) => {
    const start = context.currentTime + index * NOTE_SECONDS;
    const volume = new GainNode(context, { gain: 0.08 });
    volume.gain.setTargetAtTime(0, start + NOTE_SECONDS / 2, 0.02);
    const voice = new OscillatorNode(context, { frequency: hertz, type: 'triangle' });
    voice.connect(volume).connect(context.destination);
    voice.start(start);
    voice.stop(start + NOTE_SECONDS * 2);
  });
}
