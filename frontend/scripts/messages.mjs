// What is wrong with the texts of the desk: keys without Hindi, Hindi without keys, and texts that go past `t`.
import { parseSync } from 'vite';

/** Read as they stand in every language. */
const NOT_TEXTS = new Set([
  'Shift B · Shift S',
  'API key',
  'Ctrl+Enter',
  'app.py account reset-link',
  'ms ·',
  '{} ms',
  'TradingView',
  'AmiBroker',
  'MetaTrader',
  'Chartink',
  'Excel',
  'Python',
  ': Lightweight Charts™ © 2025 TradingView, Inc.',
  'ApiError',
  'trigger pending',
  'Asia/Kolkata',
  'Content-Type',
  'Ctrl K',
  'Esc',
  'Enter',
  'Cr',
  'ms',
]);
/** Attributes and properties whose words a person reads or hears. */
const READ = new Set([
  'title', 'label', 'placeholder', 'alt', 'hint', 'description', 'lead', 'heading', 'message', 'meaning', 'text',
  'aria-label', 'aria-roledescription', 'aria-valuetext', 'aria-description', 'confirmLabel', 'cancelLabel',
  'submitLabel', 'stepLabel', 'caption', 'note', 'summary', 'words',
]); // biome-ignore format: a list of words
/** Properties whose words the server or the program reads. */
const CODES = new Set(['value', 'id', 'type', 'dateFormat', 'strategy']);
const CLASSES = new Set(['className', 'class']);
const CLASS_CALLS = new Set(['cn', 'cva', 'clsx']);
const SILENT_CALLS = new Set([
  'Error',
  'TypeError',
  'RangeError',
  'Headers',
  'URL',
  'closest',
  'querySelector',
]);

/** Writes programs, whose words are no language of people. */
const PROGRAMS = new Set(['features/playground/model/snippets.ts']);

/** The file of Hindi texts that a module's texts stand in, or null for modules that have none. */
export function ownerOf(path) {
  const [room, part] = path.split('/');
  if (PROGRAMS.has(path) || room === 'messages' || room === 'testing' || /\.test\.tsx?$/.test(path))
    return null;
  if (room === 'features') return part;
  return path.includes('/') ? room : null;
}

function isWords(text) {
  const known = text.trim().replaceAll('OpenAlgo', '');
  if (NOT_TEXTS.has(known)) return false;
  return /[a-z]{2,}/.test(known) && /[A-Za-z]/.test(known);
}

/** A literal that reads as a sentence or a name wherever it stands: `Cancelled`, `is required`. */
function readsAsText(text) {
  if (!isWords(text)) return false;
  if (/^[A-Z](?:[a-z]| [a-z])/.test(text) || /^[a-z]+(?:[,:;]? (?:[a-z]+|[A-Z]+|\{\}))+[.:…]?$/.test(text))
    return true;
  return (
    text.includes('{}') &&
    / /.test(text) &&
    /(?:^| )[a-z]{3,}(?:[ ,:;.?…]|$)/.test(text) &&
    !/[-/=<_"\n]/.test(text)
  );
}

function literalOf(node) {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TemplateLiteral') return node.quasis.map(({ value }) => value.cooked).join('{}');
  return null;
}

/** The texts an expression may come to: itself, or the branches of a choice. */
function* branches(node) {
  if (!node) return;
  if (node.type === 'ConditionalExpression') {
    yield* branches(node.consequent);
    yield* branches(node.alternate);
  } else if (node.type === 'LogicalExpression') {
    yield* branches(node.left);
    yield* branches(node.right);
  } else if (node.type === 'ParenthesizedExpression') yield* branches(node.expression);
  else yield node;
}

function nameOf(node) {
  return node?.name?.name ?? node?.name ?? node?.value ?? node?.property?.name ?? null;
}

/** The literal properties of an options object, by name. */
function optionsOf(node) {
  const found = {};
  if (node?.type !== 'ObjectExpression') return found;
  for (const one of node.properties) {
    if (one.type === 'Property') found[nameOf(one.key)] = literalOf(one.value);
  }
  return found;
}

/** Texts asked of the catalogue and texts that bypass it, in one module. */
export function readModule(path, code) {
  const { program, errors } = parseSync(path, code);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const used = [];
  const bare = [];
  const wrong = [];
  const lineOf = ({ start }) => code.slice(0, start).split('\n').length;

  const use = (node, options, line) => {
    for (const one of branches(node)) {
      const text = literalOf(one);
      if (text === null || one.expressions?.length > 0)
        wrong.push({ line, why: 'the key is not a literal text' });
      else used.push({ line, text, one: options.one, context: options.context });
    }
  };
  const bareIn = (node, test) => {
    for (const one of branches(node)) {
      const text = literalOf(one);
      if (text !== null && test(text)) bare.push({ line: lineOf(one), start: one.start, text });
    }
  };

  const visit = (node, isSilent) => {
    if (node === null || typeof node !== 'object') return;
    if (Array.isArray(node)) {
      for (const one of node) visit(one, isSilent);
      return;
    }
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'ImportExpression':
      case 'TSTypeAnnotation':
      case 'TSTypeAliasDeclaration':
      case 'TSInterfaceDeclaration':
      case 'TSTypeParameterInstantiation':
        return;
      case 'CallExpression':
      case 'NewExpression': {
        const callee = nameOf(node.callee);
        if (callee === 't' && node.callee.type === 'Identifier') {
          use(node.arguments[0], optionsOf(node.arguments[1]), lineOf(node));
          visit(node.arguments.slice(1), true);
          return;
        }
        visit(node.callee, isSilent);
        visit(node.arguments, isSilent || CLASS_CALLS.has(callee) || SILENT_CALLS.has(callee));
        return;
      }
      case 'JSXElement': {
        const opening = node.openingElement;
        if (nameOf(opening) === 'Rich') {
          const of = (name) => opening.attributes.find((one) => nameOf(one) === name)?.value;
          const value = of('text');
          const values = of('values')?.expression;
          use(value?.expression ?? value, optionsOf(values), lineOf(node));
          visit(
            opening.attributes.filter((one) => nameOf(one) !== 'text'),
            isSilent,
          );
          return;
        }
        break;
      }
      case 'JSXText':
        if (isWords(node.value))
          bare.push({ line: lineOf(node), start: node.start, text: node.value.trim().replace(/\s+/g, ' ') });
        return;
      case 'JSXAttribute': {
        const name = nameOf(node);
        const value = node.value?.expression ?? node.value;
        if (CLASSES.has(name)) return;
        if (READ.has(name)) bareIn(value, isWords);
        else bareIn(value, (text) => /^[A-Z][a-z]/.test(text) && isWords(text));
        visit(value?.type === 'Literal' ? null : value, isSilent);
        return;
      }
      case 'JSXExpressionContainer':
        bareIn(node.expression, isWords);
        break;
      case 'Property':
        if (CODES.has(nameOf(node.key)) && literalOf(node.value) !== null) return;
        if (READ.has(nameOf(node.key)) && !isSilent) bareIn(node.value, isWords);
        visit(node.value, isSilent);
        return;
      case 'ConditionalExpression': {
        // One and several of a thing, chosen by hand.
        const [one, several] = [literalOf(node.consequent), literalOf(node.alternate)];
        if (one !== null && several === `${one}s` && !isSilent)
          bare.push({ line: lineOf(node), start: node.start, text: several });
        break;
      }
      case 'BinaryExpression':
        if (/^[!=]==?$|^in$/.test(node.operator)) return;
        break;
      case 'SwitchCase':
        visit(node.consequent, isSilent);
        return;
      case 'MemberExpression':
        visit(node.object, isSilent);
        return;
      case 'Literal':
      case 'TemplateLiteral': {
        const text = literalOf(node);
        if (text !== null && !isSilent && readsAsText(text))
          bare.push({ line: lineOf(node), start: node.start, text });
        for (const one of node.expressions ?? []) visit(one, isSilent);
        return;
      }
      default:
    }
    for (const [key, value] of Object.entries(node)) {
      if (key !== 'typeAnnotation' && key !== 'typeArguments' && key !== 'typeParameters')
        visit(value, isSilent);
    }
  };
  visit(program, false);
  const distinct = new Map(bare.map((one) => [`${one.line}:${one.text}`, one]));
  return { used, bare: [...distinct.values()], wrong };
}

/** The keys under which a use is looked for: any of the alternatives, each complete. */
function alternatives({ text, one, context }) {
  const base = context ? `${text}_${context}` : text;
  return one === undefined || one === null ? [[base]] : [[base], [`${base}_one`, `${base}_other`]];
}

function marksOf(text) {
  const marks = [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name);
  const tags = [...text.matchAll(/<(\/?\w+)\/?>/g)].map(([, name]) => `<${name}>`);
  return new Set([...marks, ...tags]);
}

function differs(english, hindi, mayOmitCount) {
  const [left, right] = [marksOf(english), marksOf(hindi)];
  if (mayOmitCount) {
    left.delete('count');
    right.delete('count');
  }
  return [...left].some((mark) => !right.has(mark)) || [...right].some((mark) => !left.has(mark));
}

/**
 * Problems as `place: what`, empty when all is well.
 * `modules`: path below `src` → code. `catalogues`: owner → English key → Hindi.
 */
export function problemsOf({ modules, catalogues }) {
  const problems = [];
  const common = catalogues.common ?? {};
  const wanted = new Map(Object.keys(catalogues).map((owner) => [owner, new Set()]));
  const english = new Map();

  for (const [path, code] of Object.entries(modules)) {
    const owner = ownerOf(path);
    if (owner === null) continue;
    const { used, bare, wrong } = readModule(path, code);
    for (const { line, why } of wrong) problems.push(`${path}:${line}: ${why}`);
    for (const { line, text } of bare)
      problems.push(`${path}:${line}: goes past t(): ${JSON.stringify(text)}`);
    const own = catalogues[owner] ?? {};
    for (const one of used) {
      const ways = alternatives(one);
      const place = [
        [owner, own],
        ['common', common],
      ].find(([, texts]) => ways.some((keys) => keys.every((key) => key in texts)));
      if (!place) {
        problems.push(`${path}:${one.line}: no Hindi in hi/${owner}.json for ${JSON.stringify(ways[0][0])}`);
        continue;
      }
      const found = ways.filter((keys) => keys.every((key) => key in place[1]));
      if (found.length > 1)
        problems.push(`hi/${place[0]}.json: both plain and by count: ${JSON.stringify(one.text)}`);
      for (const key of found[0]) {
        wanted.get(place[0])?.add(key);
        english.set(key, one.text);
      }
    }
  }

  const homes = new Map();
  for (const [owner, texts] of Object.entries(catalogues)) {
    for (const [key, hindi] of Object.entries(texts)) {
      const say = (why) => problems.push(`hi/${owner}.json: ${why}: ${JSON.stringify(key)}`);
      if (typeof hindi !== 'string' || hindi.trim() === '') say('no text');
      else if (!wanted.get(owner)?.has(key)) say('used nowhere');
      else if (differs(english.get(key), hindi, key.endsWith('_one'))) say('other placeholders or tags');
      const home = homes.get(key);
      if (home && home.hindi !== hindi) say(`said differently in hi/${home.owner}.json`);
      homes.set(key, { owner, hindi });
    }
  }
  return problems;
}
