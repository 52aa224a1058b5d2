const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAY_MS = 86_400_000;
const IST_MS = 19_800_000;

/** Midnight (UTC) of a `29DEC26`, null for anything else. */
function dayOf(expiry: string): number | null {
  const match = /^(\d{2})([A-Z]{3})(\d{2})$/.exec(expiry);
  const month = match ? MONTHS.indexOf(match[2] ?? '') : -1;
  return match && month >= 0 ? Date.UTC(2000 + Number(match[3]), month, Number(match[1])) : null;
}

/** Calendar days from today in India to the expiry; 0 on the day itself, null for what is no expiry. */
export function daysLeft(expiry: string, now: number): number | null {
  const day = dayOf(expiry);
  if (day === null) return null;
  return Math.round((day - Math.floor((now + IST_MS) / DAY_MS) * DAY_MS) / DAY_MS);
}

/** `29DEC26` as `29 Dec`, with the year where it is not this one. */
export function expiryName(expiry: string, now: number): string {
  const day = dayOf(expiry);
  if (day === null) return expiry;
  const date = new Date(day);
  const month = MONTHS[date.getUTCMonth()] ?? '';
  const year = date.getUTCFullYear();
  const short = `${date.getUTCDate()} ${month.charAt(0)}${month.slice(1).toLowerCase()}`;
  return year === new Date(now + IST_MS).getUTCFullYear() ? short : `${short} ${year}`;
}
