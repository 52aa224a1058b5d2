import { t } from '@/messages/words';

/** Groups and limits of the form as the server names them, and as they are read. */
const READ: Record<string, string> = {
  'Order size': t('Order size'),
  Account: t('Account'),
  Pace: t('Pace'),
  'What may be traded': t('What may be traded'),
  When: t('When'),
  'Most units in one order': t('Most units in one order'),
  'Most lots in one order': t('Most lots in one order'),
  'Most units in one order by symbol': t('Most units in one order by symbol'),
  'Largest order value': t('Largest order value'),
  'Lowest price of what is traded': t('Lowest price of what is traded'),
  'Furthest price from the last trade': t('Furthest price from the last trade'),
  'Largest loss of the day': t('Largest loss of the day'),
  'Stop at this profit of the day': t('Stop at this profit of the day'),
  'Largest loss of one strategy in a day': t('Largest loss of one strategy in a day'),
  'Funds that stay available': t('Funds that stay available'),
  'Most positions': t('Most positions'),
  'Most units held of one symbol': t('Most units held of one symbol'),
  'Largest value held and resting': t('Largest value held and resting'),
  'Largest turnover of the day': t('Largest turnover of the day'),
  'Most open orders': t('Most open orders'),
  'Most open orders in one symbol': t('Most open orders in one symbol'),
  'Most orders in a day': t('Most orders in a day'),
  'Most orders in a minute': t('Most orders in a minute'),
  'Most orders in a second': t('Most orders in a second'),
  'Refuse the same order again within': t('Refuse the same order again within'),
  'Only these exchanges': t('Only these exchanges'),
  'Only these products': t('Only these products'),
  'Only these price types': t('Only these price types'),
  'Only these instruments': t('Only these instruments'),
  'Only these symbols': t('Only these symbols'),
  'Never these symbols': t('Never these symbols'),
  'No market orders on these exchanges': t('No market orders on these exchanges'),
  'No market orders for these symbols': t('No market orders for these symbols'),
  'No sold options': t('No sold options'),
  'No short positions': t('No short positions'),
  'Only in these hours': t('Only in these hours'),
  'No new positions from': t('No new positions from'),
  'Fewest days to expiry': t('Fewest days to expiry'),
};

/** A name of the server in the language of the page; one that is new stays as it came. */
export function readable(served: string): string {
  return READ[served] ?? served;
}
