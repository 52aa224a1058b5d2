import type { FieldErrors } from '@/lib/api/errors';
import { parseTyped } from '@/lib/numbers';
import { LEGS } from '@/lib/orders/exit-terms';
import type { OrderDraft } from '@/lib/orders/rules';
import type { Action, PriceType } from '@/lib/orders/schema';

/** An order as it stands in the boxes: figures are text until they are judged. */
export interface OrderValues {
  action: Action;
  quantity: string;
  pricetype: PriceType;
  product: string;
  price: string;
  trigger_price: string;
  disclosed_quantity: string;
}

/** `isSplit`: the order may leave in parts. */
export function toDraft(exchange: string, values: OrderValues, isSplit = false): OrderDraft {
  return {
    exchange,
    action: values.action,
    pricetype: values.pricetype,
    product: values.product,
    quantity: parseTyped(values.quantity),
    price: parseTyped(values.price),
    trigger_price: parseTyped(values.trigger_price),
    disclosed_quantity: parseTyped(values.disclosed_quantity),
    ...(isSplit && { isSplit }),
  };
}

const SHOWN_FIELDS = [
  'quantity',
  'product',
  'pricetype',
  'price',
  'trigger_price',
  'disclosed_quantity',
  'action',
  'exits',
  ...LEGS.map((leg) => `exits.${leg}`),
];

/** Complaints about fields the form does not show; they must not be lost. */
export function otherErrors(errors: FieldErrors): string[] {
  return Object.entries(errors)
    .filter(([field]) => !SHOWN_FIELDS.includes(field))
    .flatMap(([field, messages]) => messages.map((message) => `${field}: ${message}`));
}
