import { describe, expect, it } from 'vitest';
import glossary from '@/messages/glossary.json';
import { termProblems } from '../../scripts/glossary.mjs';
import { problemsOf, type Texts } from '../../scripts/messages.mjs';

const PATH = 'features/orders/book.tsx';

function problems(code: string, orders: Record<string, string> = {}, rest: Partial<Texts> = {}) {
  return problemsOf({ modules: { [PATH]: code }, catalogues: { orders }, ...rest });
}

describe('the check of the texts', () => {
  it.each([
    ["t('Cancel order')", { 'Cancel order': 'ऑर्डर रद्द करें' }],
    ["t(isBuy ? 'Buy it' : 'Sell it')", { 'Buy it': 'खरीदें', 'Sell it': 'बेचें' }],
    [
      "t('{{count}} orders', { count, one: '{{count}} order' })",
      { '{{count}} orders_one': 'एक ऑर्डर', '{{count}} orders_other': '{{count}} ऑर्डर' },
    ],
    ["t('{{count}} orders', { count, one: '{{count}} order' })", { '{{count}} orders': '{{count}} ऑर्डर' }],
    ["t('Open', { context: 'verb' })", { Open_verb: 'खोलें' }],
    ['<Rich text="<b>Now</b> {{at}}" values={{ at }} />', { '<b>Now</b> {{at}}': '<b>अभी</b> {{at}}' }],
  ])('lets %s pass with its Hindi', (code, orders) => {
    expect(problems(`const x = ${code}`, orders)).toEqual([]);
  });

  it('names a text without Hindi in the file of its feature or the common one', () => {
    expect(problems("t('Cancel')")).toEqual([`${PATH}:1: no Hindi in hi/orders.json for "Cancel"`]);
    const elsewhere = { orders: {}, trades: { Cancel: 'रद्द' } };
    expect(problems("t('Cancel')", {}, { catalogues: elsewhere })).toHaveLength(2);
    expect(problems("t('Cancel')", {}, { catalogues: { orders: {}, common: { Cancel: 'रद्द' } } })).toEqual(
      [],
    );
  });

  it('names a Hindi text that is used nowhere, is empty or says something else elsewhere', () => {
    expect(problems('', { Cancel: 'रद्द' })).toEqual(['hi/orders.json: used nowhere: "Cancel"']);
    expect(problems("t('Cancel')", { Cancel: ' ' })).toEqual(['hi/orders.json: no text: "Cancel"']);
    const modules = { [PATH]: "t('Cancel')", 'app/shell.tsx': "t('Cancel')" };
    const catalogues = { orders: { Cancel: 'रद्द करें' }, app: { Cancel: 'हटाएँ' } };
    expect(problems('', {}, { modules, catalogues })).toEqual([
      'hi/app.json: said differently in hi/orders.json: "Cancel"',
    ]);
  });

  it.each([
    ["t('{{a}} of {{b}}', { a, b })", { '{{a}} of {{b}}': '{{a}}' }],
    ['<Rich text="<link>Go</link>" />', { '<link>Go</link>': 'जाएँ' }],
  ])('names other placeholders or tags in the Hindi of %s', (code, orders) => {
    expect(problems(`const x = ${code}`, orders)[0]).toMatch(/other placeholders or tags/);
  });

  it('wants a literal key', () => {
    expect(problems('t(title)')).toEqual([`${PATH}:1: the key is not a literal text`]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the code that is judged.
    expect(problems('t(`Cancel ${name}`)')[0]).toMatch(/not a literal/);
  });

  it.each([
    '<p>No orders</p>',
    '<p>{isOld ? "Old figures" : null}</p>',
    '<button aria-label="Close">x</button>',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the code that is judged.
    '<input placeholder={`Find ${name}`} />',
    "toast.error('Not cancelled')",
    "const column = { id: 'a', title: 'symbol' }",
    "const WORDS = { open: 'Open', rejected: 'Rejected' }",
    "return 'is required'",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the code that is judged.
    "const x = `${n} ${n === 1 ? 'fill' : 'fills'}`",
  ])('finds the bare text in %s', (code) => {
    const found = problems(`function x() { ${code} }`);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatch(/goes past t\(\)/);
  });

  it.each([
    '<p className="Flex grid">BUY {symbol}</p>',
    "if (event.key === 'Enter') cn('Grid text', 'is required')",
    "throw new Error('No root element')",
    "const type: 'Open' = given",
    "import a from 'Some place'",
  ])('leaves %s alone', (code) => {
    expect(problems(code.startsWith('<') ? `const x = ${code}` : code)).toEqual([]);
  });

  it('does not judge tests', () => {
    expect(
      problemsOf({
        modules: { 'features/orders/a.test.tsx': "t('x'); 'Some text'" },
        catalogues: {},
      }),
    ).toEqual([]);
  });
});

describe('the glossary', () => {
  const terms = {
    strategy: { hindi: 'स्ट्रैटेजी', never: ['रणनीति'], free: ['My strategy'] },
    fill: { hindi: ['ट्रेड', 'पूर'] },
  };
  const wrong = (key: string, hindi: string) => termProblems({ pnl: { [key]: hindi } }, terms);

  it.each([
    ['Name of a strategy', 'स्ट्रैटेजी का नाम'],
    ['Strategies', 'स्ट्रैटेजी'],
    ['First fill', 'पहला ट्रेड'],
    ['{{fill}} and refill', 'दोबारा भरें'],
    ['My strategy', 'मेरी योजना'],
    ['strategy keywords', 'strategy keywords मुनाफ़ा'],
  ])('lets %s be %s', (key, hindi) => {
    expect(wrong(key, hindi)).toEqual([]);
  });

  it('names a term that is said otherwise, and a word that is not ours', () => {
    expect(wrong('Strategies', 'योजनाएँ')).toEqual(['hi/pnl.json: strategy is स्ट्रैटेजी: "Strategies"']);
    expect(wrong('Plan', 'रणनीति')[0]).toMatch(/“रणनीति” is not our word for strategy/);
  });

  it('is written in the order of the alphabet', () => {
    const names = Object.keys(glossary).map((name) => name.toLowerCase());
    expect(names).toEqual(names.toSorted());
  });
});
