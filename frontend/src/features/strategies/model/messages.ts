import type { StrategyView } from '@/features/strategies/api/get-strategies';
import { t } from '@/messages/words';

export interface Sample {
  title: string;
  /** What to paste where the platform asks for a message. */
  text: string;
}

const json = (value: object) => JSON.stringify(value, null, 2);

/** Messages ready to paste for this strategy; `alert_id` lets a repeat of an alert be told from a new one. */
export function samplesOf({ platform, trading_mode, mappings }: StrategyView): Sample[] {
  const symbol = mappings[0]?.symbol ?? 'SBIN';
  const enter = trading_mode === 'SHORT' ? 'SELL' : 'BUY';
  const leave = enter === 'BUY' ? 'SELL' : 'BUY';
  const size = trading_mode === 'BOTH';
  if (platform === 'chartink') {
    return [
      {
        title: t('Name of the scan that enters'),
        text: trading_mode === 'SHORT' ? `${t('Breakdown')} SHORT` : `${t('Breakout')} BUY`,
      },
      {
        title: t('Name of the scan that closes'),
        text: trading_mode === 'SHORT' ? `${t('Recovery')} COVER` : `${t('Weakness')} SELL`,
      },
    ];
  }
  if (platform === 'tradingview') {
    return [
      {
        title: t('Message of a strategy alert'),
        text: json({
          symbol,
          action: '{{strategy.order.action}}',
          ...(size && { position_size: '{{strategy.position_size}}' }),
          alert_id: '{{ticker}}-{{timenow}}',
        }),
      },
      {
        title: t('Message of an indicator or price alert'),
        text: json({
          symbol,
          action: enter,
          ...(size && { position_size: String(mappings[0]?.quantity ?? 1) }),
          alert_id: '{{ticker}}-{{timenow}}',
        }),
      },
    ];
  }
  const quantity = mappings[0]?.quantity ?? 1;
  return [
    {
      title: t('Message that enters'),
      text: json({ symbol, action: enter, ...(size && { position_size: String(quantity) }) }),
    },
    {
      title: t('Message that closes'),
      text: json({ symbol, action: leave, ...(size && { position_size: '0' }) }),
    },
  ];
}
