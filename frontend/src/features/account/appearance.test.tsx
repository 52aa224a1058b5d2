import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { AppearanceSection } from '@/features/account/components/appearance-section';
import { PreferencesSection } from '@/features/account/components/preferences-section';
import { useKeptLook } from '@/hooks/use-look';
import { formatCompact } from '@/lib/format';
import { useConsentRule } from '@/lib/session/live-consent';
import { useAppearance } from '@/stores/appearance';
import { FIRST_HABITS, useHabits, usualProduct } from '@/stores/trading-habits';
import { renderInDesk } from '@/testing/render';
import { resetDesk, sentRequests } from '@/testing/server';

const FIRST = useAppearance.getState();
afterEach(() => {
  useAppearance.setState(FIRST, true);
  useHabits.setState(FIRST_HABITS, true);
});

function Desk() {
  useKeptLook();
  return <AppearanceSection />;
}

it('shows a choice at once, keeps it with the user, and marks it on the page', async () => {
  resetDesk();
  renderInDesk(<Desk />);
  for (const name of ['Light', 'Teal', 'Comfortable', 'Reduced'])
    fireEvent.click(screen.getByRole('radio', { name }));
  expect({ ...document.documentElement.dataset }).toMatchObject({
    theme: 'light',
    accent: 'teal',
    density: 'comfortable',
    motion: 'reduced',
  });
  await waitFor(() =>
    expect(sentRequests('PUT', '/preferences/documents/accent')[0]?.body).toEqual({ value: 'teal' }),
  );
});

it('writes millions where lakh and crore are not wanted', async () => {
  resetDesk();
  const { user } = renderInDesk(<AppearanceSection />);
  expect(screen.getByText('₹1,23,45,678.90 · 1.23 Cr')).toBeVisible();
  await user.click(screen.getByRole('radio', { name: 'Thousands and millions' }));
  expect(await screen.findByText('₹12,345,678.90 · 12.35 M')).toBeVisible();
  expect(formatCompact(2_500_000_000)).toBe('2.50 B');
});

it('keeps habits that the ticket and the consent follow', async () => {
  resetDesk();
  const { user } = renderInDesk(<PreferencesSection />);
  await user.selectOptions(screen.getByLabelText('Product for futures and options'), 'MIS');
  await user.click(screen.getByRole('radio', { name: 'Before every order' }));
  expect(usualProduct('NFO')).toBe('MIS');
  expect(usualProduct('NSE')).toBeNull();
  expect(useConsentRule.getState().rule).toBe('always');
  await user.clear(screen.getByLabelText('Lots'));
  await user.type(screen.getByLabelText('Lots'), '0');
  expect(screen.getByText('must be a whole number from 1 to 100')).toBeVisible();
  expect(useHabits.getState().lots).toBe(1);
});
