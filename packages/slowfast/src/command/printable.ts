/** @file Text that comes from files and networks, made fit for a terminal. */

// Control characters but tab and line feed, and what turns the direction of text or breaks lines without one.
const UNSAFE =
  // eslint-disable-next-line no-control-regex -- these are what must not reach a terminal
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The text with control characters as `\u001b`: harmless on a terminal, and the same string inside JSON. */
export const printable = (text: string): string => text.replace(UNSAFE, escaped);

/** The same for a name within a line: line feeds and tabs are shown, too. */
export const printableName = (text: string): string => printable(text).replace(/[\t\n]/g, escaped);
