/** A fresh id for one intent; works without a secure context too, where `randomUUID` does not exist. */
export function newIntentId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
