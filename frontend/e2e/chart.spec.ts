import { expect, type Page, test } from '@playwright/test';
import { violationsOf } from './accessibility';
import { shoot, symbol } from './environment';

/** Where the pointer can take hold of a line, in pixels; looked for within the page, at one stroke. */
async function placeOfLine(page: Page): Promise<{ x: number; y: number }> {
  const place = await page.getByRole('application').evaluate((element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const x = left + width / 2;
    for (let y = top + 20; y < top + height - 40; y += 4) {
      element.dispatchEvent(new PointerEvent('pointermove', { clientX: x, clientY: y, bubbles: true }));
      if (element.classList.contains('cursor-ns-resize')) return { x, y };
    }
    return null;
  });
  if (!place) throw new Error('no line can be taken hold of');
  return place;
}

test('an order is placed from the chart, dragged to another price and cancelled', async ({ page }) => {
  await page.goto(`/chart?symbol=${symbol}&exchange=NSE&interval=D`);
  const chart = page.getByRole('application', { name: new RegExp(`^Chart of ${symbol}`) });
  await expect(page.getByTestId('legend')).toHaveText(/C [\d,]+\.\d\d/);
  const close = Number(
    /C ([\d,.]+)/.exec((await page.getByTestId('legend').textContent()) ?? '')?.[1]?.replaceAll(',', ''),
  );
  await chart.focus();
  await page.keyboard.press('b');
  const ticket = page.getByRole('dialog', { name: `Order ticket ${symbol}` });
  await ticket.getByRole('radio', { name: 'LIMIT', exact: true }).click();
  await ticket.getByRole('radio', { name: 'MIS' }).click();
  await ticket.getByLabel('Quantity', { exact: true }).fill('1');
  const price = (Math.round(close * 0.97 * 20) / 20).toFixed(2);
  await ticket.getByLabel('Price', { exact: true }).fill(price);
  await ticket.getByRole('button', { name: /^Place/ }).click();
  await expect(ticket).toBeHidden();
  const working = page.getByRole('list', { name: 'Working orders on this chart' }).getByRole('listitem');
  await expect(working).toContainText(Number(price).toLocaleString('en-IN', { minimumFractionDigits: 2 }));

  const { x, y } = await placeOfLine(page);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x, y + 12, { steps: 4 });
  await page.mouse.up();
  const dialog = page.getByRole('dialog', { name: `Modify BUY ${symbol}` });
  const dropped = await dialog.getByLabel('Price', { exact: true }).inputValue();
  expect(Number(dropped)).toBeLessThan(Number(price));
  await shoot(page, 'chart-drag-1440');
  await dialog.getByRole('button', { name: /^Modify \w+ order$/ }).click();
  await expect(dialog).toBeHidden();
  await expect(working).toContainText(Number(dropped).toLocaleString('en-IN', { minimumFractionDigits: 2 }));

  await page.getByRole('button', { name: /^Indicators/ }).click();
  const settings = page.getByRole('dialog', { name: 'Indicators' });
  await settings.getByLabel('Add an indicator').selectOption('MACD');
  await settings.getByLabel('Add an indicator').selectOption('Supertrend');
  await expect(page.getByTestId('legend')).toContainText('MACD');
  expect(await violationsOf(page, { within: '[role=dialog]' })).toEqual([]);
  await shoot(page, 'chart-settings-1440');
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: 'Orders', exact: true }).click();
  await page.getByRole('button', { name: new RegExp(`^Cancel ${symbol} order`) }).click();
  await expect(page.getByRole('button', { name: new RegExp(`^Cancel ${symbol} order`) })).toBeHidden();
});
