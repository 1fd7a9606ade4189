/** @file Letters of 3 × 5 pixels, so that videos can be annotated without a font. */

/** Five rows a character, each an octal digit whose bits are the pixels from left to right. */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '25755',
  B: '65656',
  C: '34443',
  D: '65556',
  E: '74647',
  F: '74644',
  G: '34553',
  H: '55755',
  I: '72227',
  J: '11152',
  K: '55655',
  L: '44447',
  M: '57755',
  N: '65555',
  O: '25552',
  P: '65644',
  Q: '25573',
  R: '65655',
  S: '34216',
  T: '72222',
  U: '55557',
  V: '55552',
  W: '55775',
  X: '55255',
  Y: '55222',
  Z: '71247',
  0: '75557',
  1: '26227',
  2: '71747',
  3: '71317',
  4: '55711',
  5: '74717',
  6: '74757',
  7: '71122',
  8: '75757',
  9: '75717',
  '.': '00002',
  ',': '00024',
  '/': '11244',
  '(': '12221',
  ')': '42224',
  '-': '00700',
  '%': '51245',
  ':': '02020',
  '#': '57575',
  '?': '61202',
  ' ': '00000',
};

/** Columns and rows of a letter. */
export const GLYPH = { width: 3, height: 5 } as const;

/** Whether a pixel of a character is set; unknown characters are question marks. */
export function isSet(character: string, x: number, y: number): boolean {
  const rows = GLYPHS[character.toUpperCase()] ?? GLYPHS['?']!;
  return ((Number(rows[y]) >> (GLYPH.width - 1 - x)) & 1) === 1;
}
