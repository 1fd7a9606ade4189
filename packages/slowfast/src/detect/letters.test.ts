import { textMask } from './letters.js';

/** A mask as text: `#` covered, `+` in part. */
const picture = (text: string, size: number): readonly string[] => {
  const { width, coverage } = textMask(text, size);
  return Array.from({ length: coverage.length / width }, (_, y) =>
    Array.from(coverage.subarray(y * width, (y + 1) * width), (part) =>
      part > 192 ? '#' : part > 64 ? '+' : ' ',
    )
      .join('')
      .trimEnd(),
  );
};

test('letters look like letters', () => {
  expect(picture('aL', 20)).toMatchInlineSnapshot(`
    [
      "            +++",
      "            +##",
      "            +##",
      "            +##",
      "   +####+   +##",
      "  #######+  +##",
      " +##   +##  +##",
      "       +##  +##",
      "    +++###  +##",
      "  ########  +##",
      " ###++ +##  +##",
      " ##+   +##  +##",
      " ##+   ###  +##+",
      " ###++####  +########+",
      "  ####++##  +########+",
      "",
      "",
      "",
      "",
      "",
    ]
  `);
});

test('every character of ASCII has a shape of its own, and others an empty frame', () => {
  const characters = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
  const shapes = characters.map((character) => picture(character, 40).join('\n'));
  expect(new Set(shapes).size).toBe(94);
  expect(picture('é', 40)).toEqual(picture('日', 40));
  expect(shapes).not.toContain(picture('é', 40).join('\n'));
});

test('a stem covers as many pixels as it is wide, wherever it begins', () => {
  const covered = (size: number): number =>
    textMask('I', size).coverage.reduce((sum, part) => sum + part, 0) / 255 / size ** 2;
  for (const size of [13, 17, 31]) expect(covered(size)).toBeCloseTo(covered(400), 2);
});
