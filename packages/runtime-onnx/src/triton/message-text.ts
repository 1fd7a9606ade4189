/** @file Messages in the text form of protocol buffers, as far as configurations need it. */

/** A word that is no text: a name of an enumeration. */
export interface Word {
  readonly word: string;
}

/** A field's value; a list stands for a repeated field, `undefined` for one that is left out. */
export type FieldValue = string | number | boolean | Word | Message | readonly FieldValue[];

/** Fields by name, in their order. */
export interface Message {
  readonly [field: string]: FieldValue | undefined;
}

/** A name of an enumeration. */
export const word = (name: string): Word => ({ word: name });

/** The text of a message, a field a line. */
export const messageText = (message: Message): string =>
  linesOf(message)
    .map((line) => `${line}\n`)
    .join('');

function linesOf(message: Message): readonly string[] {
  return Object.entries(message).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const isList = Array.isArray(value);
    const items: readonly FieldValue[] = isList ? value : [value as FieldValue];
    if (isList && items.every((item) => typeof item !== 'object' || 'word' in item)) {
      return items.length === 0 ? [] : [`${name}: [${items.map(scalarText).join(', ')}]`];
    }
    return items.flatMap((item) =>
      typeof item === 'object' && !('word' in item)
        ? [`${name} {`, ...linesOf(item as Message).map((line) => `  ${line}`), '}']
        : [`${name}: ${scalarText(item)}`],
    );
  });
}

const scalarText = (value: FieldValue): string => {
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'object' ? (value as Word).word : String(value);
};

/** Text in quotes; what is no printable ASCII is escaped by its bytes in UTF-8. */
const quoted = (text: string): string =>
  `"${[...new TextEncoder().encode(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (character === '"' || character === '\\') return `\\${character}`;
      return byte < 0x20 || byte > 0x7e ? `\\${byte.toString(8).padStart(3, '0')}` : character;
    })
    .join('')}"`;
