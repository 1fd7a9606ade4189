import { csvRows, csvRowsOf, numberedLines, type CsvOptions } from './csv.js';

const rows = (text: string, options?: CsvOptions): unknown[] =>
  [...csvRows(text, options)].map(({ line, fields }) => [line, ...fields]);

test.each([
  ['a,b', ['a', 'b']],
  [' a , b ', ['a', 'b']],
  ['a,,', ['a', '', '']],
  ['"a, b",c', ['a, b', 'c']],
  ['"say ""hi""", c', ['say "hi"', 'c']],
  ['a, "b, c"  ,d', ['a', 'b, c', 'd']],
  ['a,""', ['a', '']],
  ['a,it"s', ['a', 'it"s']],
])('%s', (text, fields) => expect(rows(text)).toEqual([[1, ...fields]]));

test('blanks can stand between fields', () => {
  expect(rows('a 0 "1, 2" b', { separator: ' ' })).toEqual([[1, 'a', '0', '1, 2', 'b']]);
  expect(rows('a  "b"', { separator: ' ' })).toEqual([[1, 'a', '', 'b']]);
});

test('lines keep their numbers past blank ones, whatever ends them', () => {
  expect(rows('\uFEFFa\r\n\r\nb\rc\n \n')).toEqual([
    [1, 'a'],
    [3, 'b'],
    [4, 'c'],
  ]);
  expect([...numberedLines('a\n\nb')]).toEqual([
    [1, 'a'],
    [3, 'b'],
  ]);
});

test.each([
  ['a\n"b,c', "x.csv:2: expected a closing quote, received '\"b,c'."],
  ['"a"b,c', "x.csv:1: expected ',' after a closing quote, received '\"a\"b,c'."],
  ['a\n\nbbbbbbbbbbbbbbb', 'x.csv:3: expected at most 12 characters, received 15.'],
])('refuses %j', (text, message) => {
  expect(() => rows(text, { name: 'x.csv', longest: 12 })).toThrow(message);
});

test('pieces give the rows that the whole gives, wherever they are cut', async () => {
  const text = '\uFEFFa,"b, c"\r\n\r\nd,e\nf,g';
  const whole = rows(text);
  for (const size of [1, 2, 3, 5, 100]) {
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g'))!;
    const found: unknown[] = [];
    for await (const { line, fields } of csvRowsOf(pieces)) found.push([line, ...fields]);
    expect(found).toEqual(whole);
  }
});

test('a line without an end is not collected', async () => {
  let pieces = 0;
  const endless = (function* () {
    for (;;) {
      pieces++;
      yield 'x'.repeat(100);
    }
  })();
  const reading = (async () => {
    for await (const row of csvRowsOf(endless, { longest: 1000 })) expect(row).toBeUndefined();
  })();
  await expect(reading).rejects.toThrow('CSV file:1: expected at most 1000 characters');
  expect(pieces).toBe(11);
});
