import { annotated, colourOf } from './draw.js';
import { GLYPH, isSet } from './glyphs.js';

const [WIDTH, HEIGHT] = [80, 60];
const frame = { width: WIDTH, height: HEIGHT, data: new Uint8Array(WIDTH * HEIGHT * 3).fill(9) };

/** The image as text: `#` where a pixel has the colour, `x` where it is dark text. */
function rows(data: Uint8Array, colour: readonly number[]): readonly string[] {
  return Array.from({ length: HEIGHT }, (_, y) =>
    Array.from({ length: WIDTH }, (_, x) => {
      const at = 3 * (y * WIDTH + x);
      if (colour.every((part, i) => data[at + i] === part)) return '#';
      return data[at] === 16 ? 'x' : '.';
    }).join(''),
  );
}

test('draws a box with its words, on a copy', () => {
  const colour = colourOf(1);
  const { data } = annotated(frame, [{ box: [0.25, 0.25, 0.75, 0.75], colour, lines: ['LI'] }]);
  expect(frame.data.every((value) => value === 9)).toBe(true);
  const lines = rows(data, colour);
  expect(lines[14]).toBe('.'.repeat(WIDTH));
  expect(lines[15]).toBe(`${'.'.repeat(20)}${'#'.repeat(40)}${'.'.repeat(20)}`);
  expect(lines[36]).toBe(`${'.'.repeat(20)}#${'.'.repeat(38)}#${'.'.repeat(20)}`);
  expect(lines[44]).toBe(lines[15]);
  // The label begins two pixels inside, with a border of one; each pixel of a letter is two by two.
  const letters = [
    '#########',
    '#x###xxx#',
    '#x####x##',
    '#x####x##',
    '#x####x##',
    '#xxx#xxx#',
    '#########',
  ];
  const twice = letters.flatMap((row) => {
    const wide = row.replaceAll(/./g, '$&$&');
    return [wide, wide];
  });
  expect(lines.slice(17, 31).map((line) => line.slice(22, 40))).toEqual(twice);
  expect(lines[31]!.slice(22, 40)).toBe('.'.repeat(18));
});

test('keeps within the frame', () => {
  const box = [-0.5, -0.5, 1.5, 1.5] as const;
  expect(() =>
    annotated(frame, [{ box, colour: [1, 2, 3], lines: ['too long'.repeat(9)] }]),
  ).not.toThrow();
});

test('moves words to the left that would leave the frame, and begins them within it', () => {
  const colour = colourOf(0);
  const box = [0.75, -0.5, 1, 0.9] as const;
  const lines = rows(annotated(frame, [{ box, colour, lines: ['ABCD'] }]).data, colour);
  // Four letters are (4 · 4 + 1) · 2 = 34 pixels wide.
  expect(lines[2]!.slice(40)).toBe(`${'.'.repeat(6)}${'#'.repeat(34)}`);
  expect(lines[4]).toContain('x');
});

test('every letter and digit has a shape of its own', () => {
  const shapes = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'].map((character) =>
    Array.from({ length: GLYPH.width * GLYPH.height }, (_, i) =>
      isSet(character, i % GLYPH.width, Math.floor(i / GLYPH.width)) ? 1 : 0,
    ).join(''),
  );
  expect(new Set(shapes).size).toBe(36);
  expect(isSet('é', 0, 0)).toBe(isSet('?', 0, 0));
});
