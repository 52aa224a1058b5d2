import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';
import { AdminPage } from '@/features/operator/components/admin-page';
import { AuditPage, told } from '@/features/operator/components/audit-page';
import { outcomeOf } from '@/features/operator/components/calls-table';
import { HealthPage, loadOf } from '@/features/operator/components/health-page';
import { sessionsText } from '@/features/operator/components/holidays-table';
import { LatencyPage } from '@/features/operator/components/latency-page';
import { LogsPage } from '@/features/operator/components/logs-page';
import { bytes, figure, ms } from '@/features/operator/hooks/figures';
import { renderInDesk } from '@/testing/render';
import { resetDesk, server } from '@/testing/server';

type Answers = Record<string, unknown>;
const SINCE = '2026-11-20T10:00:00+05:30';

/** What the server says under /ui/api/operator; everything else is the desk's own. */
function say(answers: Answers) {
  for (const [path, data] of Object.entries(answers)) {
    server.use(
      http.get(`*/ui/api${path}`, () =>
        data instanceof Error
          ? HttpResponse.json({ status: 'error', message: data.message, code: 'STORE_BUSY' }, { status: 502 })
          : HttpResponse.json({ status: 'success', data } as never),
      ),
    );
  }
}

function component(name: string, state: string, reason = '') {
  return { name, kind: 'store', state, reason, since: SINCE, figures: { file_bytes: 4_200_000 } };
}

const HEALTH = {
  at: SINCE,
  state: 'fail',
  ready: true,
  components: [component('disk', 'pass'), component('streaming', 'fail', 'The app is not connected')],
  figures: {},
  queues: [],
  rounds: [],
};

beforeEach(() => {
  resetDesk();
});

describe('health', () => {
  it('shows what fails first, with its reason and since when, in words and not in colour alone', async () => {
    say({ '/operator/health': HEALTH });
    renderInDesk(<HealthPage />, '/health');
    const rows = await screen.findAllByRole('row');
    expect(rows[1]).toHaveTextContent(/fails.*streaming.*The app is not connected.*20 Nov 10:00:00/);
    expect(rows[2]).toHaveTextContent(/works.*disk/);
    expect(screen.getByText('ready to serve')).toBeVisible();
  });

  it('does not pass a component that has said nothing yet', async () => {
    const silent = {
      ...component('streaming', 'unknown', 'It has not written any figures yet'),
      figures: {},
    };
    say({ '/operator/health': { ...HEALTH, components: [component('disk', 'pass'), silent] } });
    renderInDesk(<HealthPage />, '/health');
    const rows = await screen.findAllByRole('row');
    expect(rows[1]).toHaveTextContent(/not known yet.*streaming.*It has not written any figures yet/);
  });

  it('says a failed read in the server’s words and reads again', async () => {
    say({ '/operator/health': new Error('The logs store is busy') });
    const { user } = renderInDesk(<HealthPage />, '/health');
    expect(await screen.findByRole('alert')).toHaveTextContent('The logs store is busy');
    say({ '/operator/health': HEALTH });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('streaming')).toBeVisible();
  });

  it('knows the load of the processor from two samples, and nothing across a restart', () => {
    const at = (seconds: number, cpu: number) => ({ at: seconds * 1000, state: 'pass', cpu_seconds: cpu });
    expect(loadOf([at(0, 1), at(10, 3), at(20, 0.5)])).toEqual([
      [10_000, 20],
      [20_000, null],
    ]);
  });
});

describe('latency', () => {
  it('draws the slowest row and tells its percentiles', async () => {
    const figures = { count: 9, failed: 1, mean: 5, p50: 4.2, p90: 20, p99: 12_500, worst: 13_000 };
    const key = { kind: 'order', name: 'placeorder', broker: 'zerodha', stage: 'total' };
    say({
      '/operator/latency': { rows: [{ ...key, ...figures }] },
      '/operator/latency/series': {
        points: [{ at: 1_795_000_000, ...figures }],
        spread: [
          { over_ms: 4, up_to_ms: 5, count: 8 },
          { over_ms: 100_000, up_to_ms: null, count: 1 },
        ],
      },
    });
    renderInDesk(<LatencyPage />, '/latency');
    expect(
      await screen.findByRole('row', { name: /placeorder zerodha whole 9 1 4.20 ms 20.0 ms 12.5 s/ }),
    ).toBeVisible();
    expect(
      await screen.findByRole('img', {
        name: /placeorder zerodha · whole: p50 4.20 ms, p90 20.0 ms, p99 12.5 s/,
      }),
    ).toBeVisible();
    expect(
      screen.getByRole('img', { name: 'Distribution of durations: 9 from 4.00 ms on, more than 100.0 s' }),
    ).toBeInTheDocument();
  });
});

describe('logs', () => {
  it('opens a call with what was asked and answered', async () => {
    const call = {
      id: 7,
      created_at: SINCE,
      api_type: 'placeorder',
      request_data: { symbol: 'SBIN' },
      response_data: { status: 'error', message: 'Lot size is 75' },
      request_id: 'R1',
    };
    say({ '/logs/calls': { rows: [call], before: 7 } });
    const { user } = renderInDesk(<LogsPage />, '/logs');
    const row = await screen.findByRole('row', { name: /placeorder/ });
    expect(within(row).getByText('refused')).toBeVisible();
    await user.dblClick(row);
    const dialog = await screen.findByRole('dialog', { name: 'placeorder' });
    expect(within(dialog).getByRole('region', { name: 'Asked for' })).toHaveTextContent('"symbol": "SBIN"');
  });

  it('follows the log of the program by level and shows facts and traces', async () => {
    let level: string | null = '';
    server.use(
      http.get('*/ui/api/operator/logs', ({ request }) => {
        level = new URL(request.url).searchParams.get('level');
        const row = {
          number: 3,
          at: SINCE,
          level: 'ERROR',
          logger: 'orders',
          message: 'order failed',
          facts: { request_id: 'R9' },
          trace: 'Traceback …',
        };
        return HttpResponse.json({ status: 'success', data: { rows: [row], held: 1 } });
      }),
    );
    say({ '/operator/logs/files': [] });
    const { user } = renderInDesk(<LogsPage />, '/logs?view=program');
    expect(await screen.findByText(/order failed/)).toBeVisible();
    expect(screen.getByText('request_id=R9')).toBeVisible();
    await user.selectOptions(screen.getByRole('combobox', { name: 'Least level' }), 'ERROR');
    await waitFor(() => expect(level).toBe('ERROR'));
  });

  it('tells the outcome of an answer by its envelope', () => {
    expect(outcomeOf({ status: 'success', orderid: '26' })).toEqual({ isDone: true, words: '26' });
    expect(outcomeOf({ status: 'error', message: 'no' })).toEqual({ isDone: false, words: 'no' });
    expect(outcomeOf(null)).toEqual({ isDone: false, words: '–' });
  });
});

describe('the audit trail', () => {
  const act = {
    seq: 4,
    at_ms: 1_795_000_000_000,
    actor: 'ada',
    action: 'freeze.set',
    subject: 'NFO NIFTY',
    outcome: 'done',
    address: '127.0.0.1',
    request_id: 'R1',
    detail: { before: 1800, after: 3600 },
    digest: 'f',
  };

  it('shows what changed, and names what is wrong with the chain', async () => {
    say({ '/operator/audit': { rows: [act], before: 4 } });
    server.use(
      http.post('*/ui/api/operator/audit/verification', () =>
        HttpResponse.json({
          status: 'success',
          data: {
            rows: 4,
            anchored: 4,
            whole: false,
            faults: [{ kind: 'changed', seq: 2, message: 'Row 2 was changed or forged' }],
          },
        }),
      ),
    );
    const { user } = renderInDesk(<AuditPage />, '/audit');
    expect(
      await screen.findByRole('row', { name: /ada freeze.set NFO NIFTY 1800 → 3600 done/ }),
    ).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Verify the chain' }));
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('The trail is NOT whole.');
    expect(alert).toHaveTextContent('Row 2 was changed or forged');
  });

  it('says what an act changed and what else belongs to it', () => {
    expect(told({ before: null, after: 5 })).toBe('– → 5');
    expect(told({ account_id: 3 })).toBe('account_id 3');
    expect(told({})).toBe('');
  });
});

describe('administration', () => {
  it('puts the server’s complaint under its field and keeps what was typed', async () => {
    say({ '/operator/admin/freezes': [{ exchange: 'NFO', symbol: 'NIFTY', freeze_qty: 1800 }] });
    server.use(
      http.put('*/ui/api/operator/admin/freezes/NFO/NIFTY', () =>
        HttpResponse.json(
          {
            status: 'error',
            message: 'freeze_qty: must be between 1 and 1000000000',
            code: 'INVALID_INPUT',
            errors: { freeze_qty: ['must be between 1 and 1000000000'] },
          },
          { status: 400 },
        ),
      ),
    );
    const { user } = renderInDesk(<AdminPage />, '/admin');
    await user.click(await screen.findByRole('button', { name: 'Edit NIFTY' }));
    const box = await screen.findByRole('textbox', { name: 'Largest quantity of one order, units' });
    expect(box).toHaveValue('1800');
    await user.clear(box);
    await user.type(box, '0');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('must be between 1 and 1000000000');
    expect(box).toHaveValue('0');
    expect(box).toHaveAttribute('aria-invalid', 'true');
  });

  it('tells closed exchanges and the hours of open ones apart', () => {
    const hours = [{ kind: 'special', start: '18:00', end: '19:00' }];
    expect(sessionsText({ sessions: { NSE: [], NFO: [], MCX: hours } })).toBe(
      'closed: NSE NFO · MCX special 18:00–19:00',
    );
  });
});

describe('figures', () => {
  it('have the digits and units that say something', () => {
    expect([ms(null), ms(0.123), ms(12.34), ms(123.4), ms(12_345)]).toEqual([
      '–',
      '0.12 ms',
      '12.3 ms',
      '123 ms',
      '12.3 s',
    ]);
    expect([
      figure('resident_bytes', 158e6),
      figure('age_seconds', 9.1),
      figure('age_seconds', 75.4),
    ]).toEqual(['158 MB resident', 'figures 9.1 s old', 'figures 75 s old']);
    expect([figure('open', 1_234), figure('never_heard_of_seconds', 9)]).toEqual([
      '1,234 open',
      'never heard of 9.0 s',
    ]);
    expect([bytes(999), bytes(1_500), bytes(123_456_789)]).toEqual(['999 B', '1.5 kB', '123 MB']);
  });
});
