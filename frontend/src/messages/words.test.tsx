import { render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';

const { chunk } = vi.hoisted(() => ({ chunk: { isReachable: true } }));
vi.mock('@/messages/hindi', () => ({
  get hindi() {
    if (!chunk.isReachable) throw new Error('offline');
    return HINDI;
  },
}));

const HINDI = {
  'Cancel order': 'ऑर्डर रद्द करें',
  'At {{time}}': '{{time}} बजे',
  '{{count}} orders_one': 'एक ऑर्डर',
  '{{count}} orders_other': '{{count}} ऑर्डर',
  Open_verb: 'खोलें',
  'It ended. <link>Reconnect {{name}}</link>': 'समाप्त। <link>{{name}} दोबारा जोड़ें</link>',
};

/** The words as a page finds them that was opened in `lang`. */
async function openedIn(lang: string) {
  document.documentElement.lang = lang;
  vi.resetModules();
  return { ...(await import('@/messages/words')), ...(await import('@/messages/rich')) };
}

afterEach(() => {
  chunk.isReachable = true;
  document.documentElement.lang = '';
});

describe('in English', () => {
  it('a text is its own key, with values, counts and meanings', async () => {
    const { t, language } = await openedIn('en-IN');
    expect(language).toBe('en');
    expect(t('Cancel order')).toBe('Cancel order');
    expect(t('At {{time}}: 50% of A.B', { time: '<09:15>' })).toBe('At <09:15>: 50% of A.B');
    expect([0, 1, 2].map((count) => t('{{count}} orders', { count, one: '{{count}} order' }))).toEqual([
      '0 orders',
      '1 order',
      '2 orders',
    ]);
    expect(t('Open', { context: 'verb' })).toBe('Open');
  });
});

describe('in Hindi', () => {
  it('texts, values, counts and meanings are Hindi', async () => {
    const { t, language } = await openedIn('hi');
    expect(language).toBe('hi');
    expect(t('Cancel order')).toBe('ऑर्डर रद्द करें');
    expect(t('At {{time}}', { time: '09:15 IST' })).toBe('09:15 IST बजे');
    expect([1, 2].map((count) => t('{{count}} orders', { count, one: '{{count}} order' }))).toEqual([
      'एक ऑर्डर',
      '2 ऑर्डर',
    ]);
    expect(t('Open', { context: 'verb' })).toBe('खोलें');
  });

  it('a text that has no Hindi is said in English, by count, too', async () => {
    const { t } = await openedIn('hi');
    expect(t('New: a.b')).toBe('New: a.b');
    expect(t('{{count}} lots', { count: 1, one: '{{count}} lot' })).toBe('1 lot');
  });

  it('elements stand where the Hindi has them, and values cannot bring their own', async () => {
    const { Rich } = await openedIn('hi');
    render(
      <p>
        <Rich
          text="It ended. <link>Reconnect {{name}}</link>"
          values={{ name: '</link>Main' }}
          parts={{ link: <a href="/broker">.</a> }}
        />
      </p>,
    );
    expect(screen.getByRole('link')).toHaveTextContent(/^<\/link>Main दोबारा जोड़ें$/);
    expect(screen.getByText(/^समाप्त।/)).toBeVisible();
  });

  it('the desk opens in English when the texts cannot be had', async () => {
    chunk.isReachable = false;
    const { t, language } = await openedIn('hi');
    expect([language, document.documentElement.lang, t('Cancel order')]).toEqual([
      'en',
      'en-IN',
      'Cancel order',
    ]);
  });
});

describe('choosing a language', () => {
  it('is remembered, and opens the page again only when it is another one', async () => {
    const { openIn } = await openedIn('en-IN');
    const reload = vi.fn();
    openIn('en', reload);
    expect(reload).not.toHaveBeenCalled();
    openIn('hi', reload);
    expect(reload).toHaveBeenCalledOnce();
    expect(localStorage.getItem('openalgo.language')).toBe('hi');
  });
});
