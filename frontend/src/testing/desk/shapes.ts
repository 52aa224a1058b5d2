/** Records of the mock desk, as the UI API shows them. */

export interface MockOrder {
  orderid: string;
  symbol: string;
  exchange: string;
  action: 'BUY' | 'SELL';
  quantity: number;
  price: number;
  trigger_price: number;
  pricetype: string;
  product: string;
  order_status: string;
  average_price: number;
  filled_quantity: number;
  pending_quantity: number;
  rejection_reason: string;
  strategy: string;
  timestamp: string;
}

export interface MockAccount {
  id: number;
  broker: string;
  broker_name: string;
  practice: boolean;
  label: string;
  active: boolean;
  session: { state: string; since: string | null; expires_at: string | null; reason: string | null };
  broker_user_id: string | null;
  contracts: { status: string; total: number | null; loaded_at: string | null; message: string | null };
}

export interface MockGtt {
  trigger_id: string;
  trigger_type: 'single' | 'two-leg';
  status: string;
  symbol: string;
  exchange: string;
  trigger_prices: number[];
  last_price: number;
  legs: { action: string; quantity: number; price: number; pricetype: string; product: string }[];
  strategy: string;
  created_at: string;
  updated_at: string;
  expires_at: string;
  margin_blocked: number;
  held_by: 'gateway' | 'broker';
  triggered_order_id: string | null;
  reason: string;
}

export interface WaitingOrder {
  id: number;
  api_type: string;
  status: string;
  strategy: string;
  symbol: string;
  exchange: string;
  action: string;
  quantity: string;
  price: string | null;
  price_type: string;
  product_type: string;
  created_at_ist: string;
  expires_at_ist: string;
  needs_confirmation: boolean;
  confirm_reason: string | null;
  prices: Record<string, string>;
  outcome: string | null;
  message: string | null;
  broker_order_id: string | null;
  broker_status: string | null;
  rejected_reason: string | null;
  request_id: string;
}

export interface MockRiskScope {
  kind: 'all' | 'account' | 'strategy' | 'key';
  account_id: number | null;
  strategy: string;
  key_id: number | null;
  scope: string;
  label: string;
  limits: Record<string, unknown>;
  version: number;
  changed_at_ist: string;
  changed_by: string;
  engaged: boolean;
  reason: string;
  may_change: boolean;
}

export interface MockRisk {
  scopes: MockRiskScope[];
  changes: object[];
}
