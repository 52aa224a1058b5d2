import { act, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { ModeBadge } from '@/app/shell/mode-badge';
import { StatusBar } from '@/app/shell/status-bar';
import { MockDesk } from '@/testing/desk/mock-desk';
import { renderInDesk } from '@/testing/render';
import { resetDesk } from '@/testing/server';

it('says that the practice exchange is always open', async () => {
  renderInDesk(<StatusBar />);
  expect(await screen.findByText('Practice exchange open 24×7')).toBeVisible();
  expect(screen.queryByText(/^NSE/)).not.toBeInTheDocument();
});

it('says what NSE is doing for a real account, at once after a switch', async () => {
  const desk = resetDesk(MockDesk.withRealMoney());
  const { queryClient } = renderInDesk(<StatusBar />);
  expect(await screen.findByText('NSE open')).toBeVisible();
  for (const account of desk.accounts) account.active = account.practice;
  await act(() => queryClient.invalidateQueries({ queryKey: ['bootstrap'] }));
  expect(await screen.findByText('Practice exchange open 24×7')).toBeVisible();
});

it('shows how the feed is lost and comes back', async () => {
  const { feed } = renderInDesk(<StatusBar />);
  const line = await screen.findByRole('status');
  act(() => feed.client.start());
  await act(async () => {});
  act(() => feed.newest().authenticate());
  expect(line).toHaveTextContent('Feed live');
  act(() => feed.client.reportUpstream('unreachable', 'The streaming process cannot be reached'));
  expect(line).toHaveTextContent('Feed unreachable · The streaming process cannot be reached');
  expect(line).toHaveAttribute('title', 'The streaming process cannot be reached');
  act(() => feed.client.reportUpstream('dialing', null));
  expect(line).toHaveTextContent('Feed connecting to the broker');
  act(() => feed.client.reportUpstream('rollover', "The broker's sessions ended at 06:00 IST"));
  expect(line).toHaveTextContent("Feed waits for the sign-in of the new day · The broker's sessions ended");
  act(() => feed.client.reportUpstream('stale', 'mute', Date.UTC(2026, 0, 5, 4, 0)));
  expect(line).toHaveAttribute('title', expect.stringMatching(/^mute, since .*09:30/));
  act(() => feed.client.reportUpstream('live', ''));
  expect(line).toHaveTextContent(/^Feed live$/);
  act(() => feed.newest().drop());
  expect(line).toHaveTextContent('Feed lost, reconnecting');
});

it.each([
  ['PRACTICE', 'live', MockDesk.inUse],
  ['LIVE', 'live', MockDesk.withRealMoney],
  ['PAPER', 'analyze', MockDesk.withRealMoney],
] as const)('wears the badge %s', async (word, mode, make) => {
  resetDesk(make()).mode = mode;
  renderInDesk(<ModeBadge />);
  expect(await screen.findByText(word)).toBeVisible();
});

it('wears no badge without an account', async () => {
  resetDesk().accounts = [];
  const { container } = renderInDesk(
    <>
      <ModeBadge />
      <p>shown</p>
    </>,
  );
  expect(await screen.findByText('shown')).toBeVisible();
  expect(container).toHaveTextContent(/^shown$/);
});
