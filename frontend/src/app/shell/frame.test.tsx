import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { frameOf } from '@/app/shell/frame';
import { Splash } from '@/app/shell/splash';

describe('what the server sends in place of the desk', () => {
  it('shows where the page stands, and nothing that only the server knows', () => {
    document.body.innerHTML = frameOf('/orderbook');
    const links = screen.getAllByRole('link', { current: 'page' });
    expect(links.map((link) => link.getAttribute('href'))).toEqual(['/orderbook']);
    expect(document.body).toHaveTextContent('Opening the desk…');
    expect(document.body.textContent).not.toMatch(/LIVE|PAPER|PRACTICE|₹/);
    expect(frameOf('/trade')).not.toContain('data-docked');
  });

  it('stays while one splash follows another, and goes with the last', async () => {
    document.body.innerHTML = '<div id="root"></div><div id="frame"></div>';
    const frame = () => document.getElementById('frame');
    const container = document.getElementById('root') ?? undefined;
    const { rerender } = render(<Splash key="router" />, { container });
    rerender(<Splash key="gate" />);
    await Promise.resolve();
    expect(frame()).not.toBeNull();
    rerender(<h1>Orders</h1>);
    await Promise.resolve();
    expect(frame()).toBeNull();
  });
});
