import type { Scope } from '@/features/apikey/api/keys';
import { t } from '@/messages/words';

export const SCOPE_WORDS: Record<Scope, string> = {
  trade: t('Trade: orders, books and data'),
  paper: t('Paper only: as Trade, while paper trading is on'),
  read: t('Read only: books and data'),
  data: t('Data only: prices and instruments'),
};

export const SCOPE_NAMES: Record<Scope, string> = {
  trade: t('Trade'),
  paper: t('Paper only'),
  read: t('Read only'),
  data: t('Data only'),
};

/** Limits that are asked for with a new key; all others are on the risk page. */
export const FIRST_LIMITS = ['exchanges', 'allowed_symbols', 'max_quantity', 'max_order_value', 'hours'];
