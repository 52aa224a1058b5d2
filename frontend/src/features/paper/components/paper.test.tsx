import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { ModeSwitch } from '@/features/paper/components/mode-switch';
import { PaperAccount } from '@/features/paper/components/paper-account';
import { PaperSettingsForm } from '@/features/paper/components/paper-settings-form';
import { MockDesk } from '@/testing/desk/mock-desk';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests, server } from '@/testing/server';

describe('the paper account', () => {
  it('shows its money, its curve in words and its days, newest first', async () => {
    renderInDesk(<PaperAccount />);
    expect(await screen.findByText('₹96,12,640.00')).toBeVisible();
    const curve = screen.getByRole('img', { name: /Portfolio value/ });
    expect(curve).toHaveAccessibleName(
      'Portfolio value from 2026-11-17 to 2026-11-20: ₹1,00,00,000.00 to ₹1,00,12,640.00, +12,640.00',
    );
    const rows = within(screen.getByRole('table', { name: 'Paper profit by day' })).getAllByRole('row');
    expect(rows.map((row) => row.textContent?.slice(0, 10))).toEqual([
      expect.stringContaining('Day'),
      '2026-11-20',
      '2026-11-19',
      '2026-11-18',
      '2026-11-17',
    ]);
  });

  it('says that nothing was traded yet', async () => {
    resetDesk().paper.worths = [];
    renderInDesk(<PaperAccount />);
    expect(await screen.findByText(/Nothing has been traded on paper yet/)).toBeVisible();
  });

  it('is reset only after a confirmation', async () => {
    const { user } = renderInDesk(<PaperAccount />);
    await user.click(await screen.findByRole('button', { name: 'Reset' }));
    const dialog = await screen.findByRole('alertdialog');
    expect(dialog).toHaveTextContent('holds ₹1,00,00,000.00 again');
    expect(sentRequests('POST', '/sandbox/reset')).toHaveLength(0);
    await user.click(within(dialog).getByRole('button', { name: 'Reset the account' }));
    expect(await screen.findByText('The curve begins with the second trading day.')).toBeVisible();
    expect(sentRequests('POST', '/sandbox/reset')[0]?.body).toEqual({ confirm: true });
  });

  it('says what went wrong and offers another try', async () => {
    server.use(
      http.get('*/ui/api/sandbox/pnl', () =>
        HttpResponse.json({ status: 'error', message: 'The paper books are busy' }, { status: 503 }),
      ),
    );
    renderInDesk(<PaperAccount />);
    expect(await screen.findByText('The paper books are busy')).toBeVisible();
    expect(screen.getByRole('button', { name: 'Try again' })).toBeVisible();
  });
});

describe('paper settings', () => {
  it('saves only what was changed', async () => {
    const { user } = renderInDesk(<PaperSettingsForm />);
    const save = await screen.findByRole('button', { name: 'Save' });
    expect(save).toBeDisabled();
    await user.clear(screen.getByLabelText('Futures'));
    await user.type(screen.getByLabelText('Futures'), '4');
    await user.click(screen.getByLabelText('Charge brokerage and taxes'));
    await user.selectOptions(screen.getByLabelText('Weekly reset'), 'Sunday');
    await user.click(save);
    expect(await screen.findByText('Paper settings saved')).toBeVisible();
    expect(sentRequests('PUT', '/sandbox/settings')[0]?.body).toEqual({
      values: { futures_leverage: 4, charges: true, reset_day: 'Sunday' },
    });
    expect(save).toBeDisabled();
  });

  it('shows a refusal at its field and keeps what was typed', async () => {
    const { user } = renderInDesk(<PaperSettingsForm />);
    const box = await screen.findByLabelText('Intraday equity');
    await user.clear(box);
    await user.type(box, '51{Enter}');
    expect(await screen.findByText('must lie between 1 and 50')).toBeVisible();
    expect(box).toHaveValue('51');
    expect(box).toBeInvalid();
  });

  it('takes a preset of leverages', async () => {
    const { user } = renderInDesk(<PaperSettingsForm />);
    await user.click(await screen.findByRole('button', { name: 'simple' }));
    await waitFor(() => expect(screen.getByLabelText('Intraday equity')).toHaveValue('1'));
    expect(sentRequests('PUT', '/sandbox/settings')[0]?.body).toEqual({ preset: 'simple' });
  });

  it('is read only for who is no administrator', async () => {
    const desk = resetDesk();
    if (desk.user) desk.user.is_admin = false;
    renderInDesk(<PaperSettingsForm />);
    expect(await screen.findByLabelText('Capital, ₹')).toBeDisabled();
    expect(screen.getByText('Only an administrator can change these.')).toBeVisible();
  });
});

describe('the mode switch', () => {
  it('goes to paper at once and to live only after a confirmation', async () => {
    resetDesk(MockDesk.withRealMoney());
    const { user } = renderInDesk(<ModeSwitch />);
    await user.click(await screen.findByRole('radio', { name: 'Paper' }));
    expect(await screen.findByRole('radio', { name: 'Paper', checked: true })).toBeVisible();
    await user.click(screen.getByRole('radio', { name: 'Live' }));
    const dialog = await screen.findByRole('alertdialog');
    expect(sentRequests('PUT', '/sandbox/mode')).toHaveLength(1);
    await user.click(within(dialog).getByRole('button', { name: 'Trade live' }));
    expect(await screen.findByRole('radio', { name: 'Live', checked: true })).toBeVisible();
    expect(sentRequests('PUT', '/sandbox/mode').map(({ body }) => body)).toEqual([
      { analyze: true },
      { analyze: false },
    ]);
  });
});
