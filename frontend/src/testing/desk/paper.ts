import { type Answer, type Call, refusal, success } from './answers.ts';
import type { MockDesk } from './mock-desk.ts';

const DEFAULTS = {
  starting_capital: 10_000_000,
  reset_day: 'Never',
  reset_time: '00:00',
  nse_bse_square_off_time: '15:15',
  cds_bcd_square_off_time: '16:45',
  mcx_square_off_time: '23:30',
  ncdex_square_off_time: '17:00',
  crypto_square_off_time: '23:30',
  equity_mis_leverage: 5,
  equity_cnc_leverage: 1,
  futures_leverage: 10,
  option_buy_leverage: 1,
  option_sell_leverage: 1,
  option_sell_percent: 0,
  option_expiry_settlement: 'ltp',
  market_remainder: 'slip',
  slippage_bps: 10,
  stop_market_on_options: true,
  market_hours: true,
  charges: false,
  charge_rates: [],
};
const PRESETS = { standard: { equity_mis_leverage: 5 }, simple: { equity_mis_leverage: 1 } };

/** A paper account with a few days behind it. */
export class MockPaper {
  values: Record<string, unknown> = { ...DEFAULTS };
  resets = 0;
  worths = [10_000_000, 10_004_250.5, 9_998_100, 10_012_640];

  report() {
    const days = this.worths.map((worth, place) => ({
      date: `2026-11-${17 + place}`,
      realized_pnl: worth - 10_000_000,
      charges: 0,
      positions_unrealized_pnl: 0,
      holdings_unrealized_pnl: 0,
      total_mtm: worth - 10_000_000,
      available_balance: worth,
      used_margin: 0,
      portfolio_value: worth,
    }));
    return {
      funds: {
        capital: 10_000_000,
        available: 9_612_640,
        blocked: 400_000,
        holdings_cost: 0,
        realized_pnl: this.worths.length ? 12_640 : 0,
        charges: 0,
      },
      last_reset: this.resets ? '2026-11-20 09:20:00' : null,
      reset_count: this.resets,
      days: days.reverse(),
      entries: [],
    };
  }

  settings() {
    return { values: this.values, defaults: DEFAULTS, presets: PRESETS };
  }
}

function change(desk: MockDesk, { body }: Call): Answer {
  const values = (body.values ?? {}) as Record<string, unknown>;
  const leverage = values.equity_mis_leverage;
  if (leverage !== undefined && !(typeof leverage === 'number' && leverage >= 1 && leverage <= 50)) {
    const text = 'must lie between 1 and 50';
    return refusal(`equity_mis_leverage: ${text}`, { equity_mis_leverage: [text] });
  }
  const preset = PRESETS[body.preset as keyof typeof PRESETS] ?? {};
  desk.paper.values = { ...desk.paper.values, ...preset, ...values };
  return success(desk.paper.settings());
}

export const PAPER_ROUTES: Record<string, (desk: MockDesk, call: Call) => Answer> = {
  'GET /sandbox/pnl': (desk) => success(desk.paper.report()),
  'GET /sandbox/settings': (desk) => success(desk.paper.settings()),
  'PUT /sandbox/settings': change,
  'POST /sandbox/reset': (desk) => {
    desk.paper.worths = [10_000_000];
    desk.paper.resets += 1;
    return success(desk.paper.report());
  },
  'PUT /sandbox/mode': (desk, { body }) => {
    desk.mode = body.analyze === true ? 'analyze' : 'live';
    return success({ mode: desk.mode });
  },
};
