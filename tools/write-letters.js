import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { format } from 'prettier';

/**
 * Writes the outlines of the letters that videos are annotated with, from an open font. Done once, so that what it takes is
 * no dependency: in an empty folder `npm install opentype.js@2.0.0 @fontsource/inter@5.3.0`, then
 * `node tools/write-letters.js FOLDER`.
 */
const [folder] = process.argv.slice(2);
if (!folder) throw new Error('node tools/write-letters.js FOLDER_WITH_NODE_MODULES');

const UNITS = 500;
const require = createRequire(pathToFileURL(`${folder}/package.json`));
const { default: opentype } = await import(pathToFileURL(require.resolve('opentype.js')).href);
const file = require.resolve('@fontsource/inter/files/inter-latin-600-normal.woff');
const bytes = await readFile(file);
const font = opentype.parse(
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
);
const scale = UNITS / font.unitsPerEm;
const whole = (value) => Math.round(value * scale);

/** `M` begins a contour, `L` draws a line, `Q` a parabola: whole numbers, y upwards from the baseline. */
function outline({ commands }) {
  return commands
    .map(({ type, ...at }) => {
      if (type === 'Z') return '';
      if (type === 'C') throw new Error('a font of parabolas is needed');
      const numbers = type === 'Q' ? [at.x1, at.y1, at.x, at.y] : [at.x, at.y];
      return type + numbers.map(whole).join(' ');
    })
    .join('');
}

const characters = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
const entries = characters.map((character) => {
  const glyph = font.charToGlyph(character);
  return [character, [whole(glyph.advanceWidth), outline(glyph.path)]];
});
const text = `/**
 * @file Outlines of ASCII in Inter SemiBold, made by tools/write-letters.js. Copyright 2016 The Inter Project Authors
 * (https://github.com/rsms/inter), under the SIL Open Font License 1.1: inter-LICENSE.txt beside this file.
 */

/** Units of the outlines in the height of a line's em, and how far "b" reaches above the baseline, and "g" below it. */
export const EM = { units: ${UNITS}, ascent: ${whole(font.charToGlyph('b').getMetrics().yMax)}, descent: ${-whole(font.charToGlyph('g').getMetrics().yMin)} } as const;

/** How far the next letter is, and the contours: \`M\`, \`L\` and \`Q\` as in SVG, y upwards from the baseline. */
export const OUTLINES: Readonly<Record<string, readonly [advance: number, contours: string]>> = ${JSON.stringify(Object.fromEntries(entries))};
`;
const root = new URL('../', import.meta.url);
const settings = JSON.parse(await readFile(new URL('.prettierrc.json', root), 'utf8'));
const target = new URL('packages/slowfast/src/detect/letter-outlines.ts', root);
await writeFile(target, await format(text, { ...settings, parser: 'typescript' }));
const licence = await readFile(require.resolve('@fontsource/inter/LICENSE'), 'utf8');
await writeFile(new URL('inter-LICENSE.txt', target), licence);
