import type { OrderValues } from '@/components/order-form/order-values';
import type { Instrument } from '@/lib/instruments/schema';
import { roundToTick } from '@/lib/orders/rules';
import type { PriceType } from '@/lib/orders/schema';
import type { TicketRequest } from '@/stores/ticket';

interface Remembered {
  product: string;
  quantity: number;
}

/** What a ticket opens with: the request first, then what was used last for the symbol, then habits. */
export function firstValues(
  request: TicketRequest,
  remembered: Remembered | undefined,
  usualProduct: string | null = null,
): OrderValues {
  const quantity = request.quantity ?? remembered?.quantity;
  return {
    action: request.action,
    quantity: quantity ? String(quantity) : '',
    pricetype: request.pricetype ?? (request.atTouch ? 'LIMIT' : 'MARKET'),
    product: request.product ?? remembered?.product ?? usualProduct ?? '',
    price: request.price ? String(request.price) : '',
    trigger_price: '',
    disclosed_quantity: '',
  };
}

interface Offered {
  products: readonly string[];
  price_types: readonly PriceType[];
}

/** The values as the broker takes them: what it does not offer gives way to the first that it does. */
export function fitted(values: OrderValues, offered: Offered): OrderValues {
  const { products, price_types: types } = offered;
  return {
    ...values,
    product: products.includes(values.product) ? values.product : (products[0] ?? ''),
    pricetype: types.includes(values.pricetype) ? values.pricetype : (types[0] ?? values.pricetype),
  };
}

/** The values after a price was pointed at in a book or a ladder. */
export function pricedAt(values: OrderValues, price: number, instrument: Instrument | null): OrderValues {
  return {
    ...values,
    pricetype: values.pricetype === 'SL' ? 'SL' : 'LIMIT',
    price: roundToTick(price, instrument?.tick_size),
  };
}
