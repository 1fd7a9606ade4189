import { annotated, colourOf } from './draw.js';

const [WIDTH, HEIGHT] = [80, 60];
const frame = { width: WIDTH, height: HEIGHT, data: new Uint8Array(WIDTH * HEIGHT * 3).fill(9) };

/** The image as text: `#` the colour, `.` the frame, `x` what is darker than the stripe, `-` the stripe. */
function rows(data: Uint8Array, colour: readonly number[]): readonly string[] {
  const stripe = colour.map((part) => 9 + Math.round(0.85 * (part - 9)));
  const is = (at: number, other: readonly number[]): boolean =>
    other.every((part, i) => data[at + i] === part);
  return Array.from({ length: HEIGHT }, (_, y) =>
    Array.from({ length: WIDTH }, (_, x) => {
      const at = 3 * (y * WIDTH + x);
      if (is(at, colour)) return '#';
      if (is(at, [9, 9, 9])) return '.';
      return is(at, stripe) ? '-' : 'x';
    }).join(''),
  );
}

test('draws a box with its words, on a copy', () => {
  const colour = colourOf(1);
  const { data } = annotated(frame, [{ box: [0.25, 0.25, 0.75, 0.95], colour, lines: ['LI'] }]);
  expect(frame.data.every((value) => value === 9)).toBe(true);
  const lines = rows(data, colour);
  expect(lines[14]).toBe('.'.repeat(WIDTH));
  expect(lines[15]).toBe(`${'.'.repeat(20)}${'#'.repeat(40)}${'.'.repeat(20)}`);
  expect(lines[50]).toBe(`${'.'.repeat(20)}#${'.'.repeat(38)}#${'.'.repeat(20)}`);
  expect(lines[56]).toBe(lines[15]);
  // The stripe begins two pixels inside, and ends after letters and margins; 13 pixels an em are the fewest.
  expect(lines[16]!.slice(21, 59)).toBe('.'.repeat(38));
  expect(lines[17]!.slice(21)).toMatch(/^\.-{10,25}\.+#/);
  expect(lines.slice(18, 28).every((line) => /^\.-+x[-x]*-\./.test(line.slice(21)))).toBe(true);
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
  expect(lines[2]).toMatch(/^\.+[-#]+$/);
  expect(lines[2]!.indexOf('-')).toBeLessThan(60);
  expect(lines[6]).toContain('x');
});

test('moves words down that would hide others', () => {
  const colour = colourOf(0);
  const person = { box: [0, 0, 1, 1], colour, lines: ['ABC'] } as const;
  const dark = (people: number): number =>
    rows(annotated(frame, Array(people).fill(person)).data, colour)
      .join('')
      .split('x').length - 1;
  expect(dark(2)).toBe(2 * dark(1));
});
