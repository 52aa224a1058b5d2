import { type NetGreeks as Greeks, useNetGreeks } from '@/features/positions/api/get-net-greeks';
import type { Position } from '@/features/positions/api/get-positions';
import { formatSigned } from '@/lib/format';
import { t } from '@/messages/words';

const SHOWN: { of: keyof NonNullable<Greeks>; sign: string; name: string; what: string }[] = [
  { of: 'delta', sign: 'Δ', name: t('Delta'), what: t('Rupees for a rise of the underlying by one') },
  {
    of: 'gamma',
    sign: 'Γ',
    name: t('Gamma'),
    what: t('Change of delta for a rise of the underlying by one'),
  },
  { of: 'theta', sign: 'Θ', name: t('Theta'), what: t('Rupees a calendar day') },
  { of: 'vega', sign: 'ν', name: t('Vega'), what: t('Rupees for a rise of volatility by one point') },
];

/** What a group of options answers to, all of it together; nothing for shares and futures alone. */
export function NetGreeks({ positions }: { positions: readonly Position[] }) {
  const net = useNetGreeks(positions);
  if (!net) return null;
  return (
    <span className="ml-3 font-normal text-muted tabular-nums">
      <span className="sr-only">{t('Net Greeks')} </span>
      {SHOWN.map(({ of, sign, name, what }) => (
        <span key={of} title={`${name}: ${what}`} className="mr-2.5">
          <span aria-hidden>{sign}</span>
          <span className="sr-only">{name}</span> <span className="text-text">{formatSigned(net[of])}</span>
        </span>
      ))}
    </span>
  );
}
