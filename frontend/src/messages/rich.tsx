import { cloneElement, Fragment, type ReactElement, type ReactNode } from 'react';
import { type Arguments, fill, t } from '@/messages/words';

interface RichProps<Text extends string> {
  text: Text;
  values?: Arguments<Text>[0];
  /** What a tag of the text stands for: `<link>Reconnect</link>` is the words inside `parts.link`. */
  parts: Record<string, ReactElement<{ children?: ReactNode }>>;
}

const TAG = /<(\w+)>(.*?)<\/\1>/;

/** A text with elements inside it, which stand where the language wants them. Values are never read as tags. */
export function Rich<const Text extends string>({ text, values, parts }: RichProps<Text>) {
  const said = t(text, ...([{ ...values, skipInterpolation: true }] as unknown as Arguments<Text>));
  const pieces: ReactNode[] = [];
  let rest = said;
  for (let tag = TAG.exec(rest); tag !== null; tag = TAG.exec(rest)) {
    const [all, name = '', inner = ''] = tag;
    const words = fill(inner, values ?? {});
    const part = parts[name];
    pieces.push(fill(rest.slice(0, tag.index), values ?? {}));
    pieces.push(part ? cloneElement(part, undefined, words) : words);
    rest = rest.slice(tag.index + all.length);
  }
  pieces.push(fill(rest, values ?? {}));
  return pieces.map((piece, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a piece is known by its place in the text.
    <Fragment key={index}>{piece}</Fragment>
  ));
}
