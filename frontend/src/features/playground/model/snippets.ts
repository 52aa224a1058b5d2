import type { Operation } from '@/features/playground/model/description';
import { type Prepared, prepare, type Values } from '@/features/playground/model/request';
import sdkMethods from '@/features/playground/model/sdk-methods.json';

export const LANGUAGES = ['curl', 'requests', 'openalgo', 'javascript'] as const;
export type Language = (typeof LANGUAGES)[number];

export const LANGUAGE_LABELS: Record<Language, string> = {
  curl: 'curl',
  requests: 'Python',
  openalgo: 'SDK',
  javascript: 'JavaScript',
};

interface SdkMethod {
  method: string;
  /** Name in the API → name in the SDK. */
  rename?: Record<string, string>;
  /** All that the method takes, where it takes nothing else. */
  only?: string[];
}
const SDK: Record<string, SdkMethod> = sdkMethods;

const shellQuoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** JSON data as a Python literal; JSON's own string escapes are valid there. */
export function pythonLiteral(value: unknown, indent = 0): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return JSON.stringify(value);
  const pad = ' '.repeat(indent + 4);
  const rows = Array.isArray(value)
    ? value.map((item) => pad + pythonLiteral(item, indent + 4))
    : Object.entries(value).map(
        ([name, item]) => `${pad}${JSON.stringify(name)}: ${pythonLiteral(item, indent + 4)}`,
      );
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return rows.length ? `${open}\n${rows.join(',\n')},\n${' '.repeat(indent)}${close}` : open + close;
}

function curl({ method, url, headers, body }: Prepared): string {
  const lines = [`curl${method === 'POST' ? ' -X POST' : ''} ${shellQuoted(url)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`-H ${shellQuoted(`${name}: ${value}`)}`);
  if (body) lines.push(`-d ${shellQuoted(JSON.stringify(body, null, 2))}`);
  return lines.join(' \\\n  ');
}

function requests({ method, url, headers, body }: Prepared): string {
  const call = method === 'POST' ? 'post' : 'get';
  const extra = body
    ? `    json=${pythonLiteral(body, 4)},\n`
    : `    headers=${pythonLiteral(headers, 4)},\n`;
  return `import requests\n\nresponse = requests.${call}(\n    ${JSON.stringify(url)},\n${extra}    timeout=30,\n)\nprint(response.status_code, response.text)`;
}

function javascript({ method, url, headers, body }: Prepared): string {
  const rows = [`  method: ${JSON.stringify(method)},`];
  rows.push(`  headers: ${JSON.stringify(headers, null, 2).replaceAll('\n', '\n  ')},`);
  if (body) rows.push(`  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')}),`);
  return `const response = await fetch(${JSON.stringify(url)}, {\n${rows.join('\n')}\n});\nconsole.log(response.status, await response.text());`;
}

/** A call of the published SDK, `null` where it has no method for this one. */
function openalgo(operation: Operation, values: Values, key: string, origin: string): string | null {
  const sdk = SDK[operation.id];
  if (!sdk) return null;
  const given = Object.entries(values).filter(
    ([name]) => name !== 'apikey' && (!sdk.only || sdk.only.includes(name)),
  );
  const rows = given.map(
    ([name, value]) => `    ${sdk.rename?.[name] ?? name}=${pythonLiteral(value, 4)},\n`,
  );
  const call = rows.length ? `client.${sdk.method}(\n${rows.join('')})` : `client.${sdk.method}()`;
  return `from openalgo import api\n\nclient = api(api_key=${JSON.stringify(key)}, host=${JSON.stringify(origin)})\nresponse = ${call}\nprint(response)`;
}

export function snippetOf(
  language: Language,
  operation: Operation,
  values: Values,
  key: string,
  origin: string,
): string | null {
  if (language === 'openalgo') return openalgo(operation, values, key, origin);
  const prepared = prepare(operation, values, key, origin);
  if (language === 'curl') return curl(prepared);
  return language === 'requests' ? requests(prepared) : javascript(prepared);
}
