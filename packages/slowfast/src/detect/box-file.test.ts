import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peopleOfFile } from './people.js';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-boxes-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const WITHIN =
  "expected corners x1, y1, x2, y2 within 0 and 1, in parts of the frame's width and height, received";
const CUT = 'Cut boxes at the edges of the frame and leave out those beyond.';
const PIXELS = 'Divide x1 and x2 by the width of the frame, y1 and y2 by its height.';
const TURNED = 'expected corners x1, y1, x2, y2 with x1 less than x2 and y1 less than y2, received';

const IMPOSSIBLE: readonly (readonly [what: string, box: string, text: string])[] = [
  ['pixels', '10,10,80,90', `${WITHIN} 10, 10, 80, 90, which look like pixels. ${PIXELS}`],
  [
    'pixels at the corner',
    '0,0,64,48',
    `${WITHIN} 0, 0, 64, 48, which look like pixels. ${PIXELS}`,
  ],
  ['beyond two edges', '-0.2,-0.1,0.5,0.6', `${WITHIN} -0.2, -0.1, 0.5, 0.6. ${CUT}`],
  ['outside', '1.2,1.2,1.5,1.5', `${WITHIN} 1.2, 1.2, 1.5, 1.5. ${CUT}`],
  ['a point', '0.5,0.5,0.5,0.5', `${TURNED} 0.5, 0.5, 0.5, 0.5.`],
  ['turned round', '0.6,0.6,0.2,0.2', `${TURNED} 0.6, 0.6, 0.2, 0.2.`],
  ['corner and size', '0.5,0.5,0.3,0.4', `${TURNED} 0.5, 0.5, 0.3, 0.4.`],
];

describe('boxes of a file', () => {
  it.each(IMPOSSIBLE)('are refused: %s', async (_, box, text) => {
    const csv = await written('a.csv', `v,1,0.1,0.1,0.2,0.2,,0.9\nv,1,${box},,0.95\n`);
    await expect(peopleOfFile(csv, { video: 'v.mp4' })).rejects.toThrow(`${csv}:2: ${text}`);
    const json = await written('a.json', `[{"time":1,"boxes":[{"box":[${box}]}]}]`);
    await expect(peopleOfFile(json, { video: 'v.mp4' })).rejects.toThrow(
      `${json}[0].boxes[0].box: ${text}`,
    );
  });

  it('may be rounded beyond the edge', async () => {
    const csv = await written('edge.csv', 'v,1,-0.001,0,1.0005,1,,0.9\n');
    const { find } = await peopleOfFile(csv, { video: 'v.mp4' });
    expect(await find(1, undefined as never)).toEqual([
      { box: [-0.001, 0, 1.0005, 1], score: 0.9 },
    ]);
  });

  it('that match no second are an error, which says what the seconds are', async () => {
    const csv = await written(
      'ava.csv',
      'v,0902,0.1,0.2,0.3,0.8,80,1\nv,0905,0.1,0.2,0.3,0.8,9,1\n',
    );
    const people = await peopleOfFile(csv, { video: 'v.mp4' });
    expect(() => people.checkTimes!([0, 1, 2])).toThrow(
      `--boxes ${csv}: expected boxes from second 0 to 2, where the video has key frames and its beginning is ` +
        'called second 0, received boxes from second 902 to 905. Say by --first-second which second the file ' +
        "calls the video's beginning: 900 in AVA's files.",
    );
    const shifted = await peopleOfFile(csv, { video: 'v.mp4', firstSecond: 900 });
    expect(() => shifted.checkTimes!([0, 1, 2])).not.toThrow();
    expect(() => shifted.checkTimes!([0])).toThrow('at second 900, where');
  });
});

it('boxes of another video are an error that names it', async () => {
  const csv = join(folder, 'another.csv');
  await writeFile(csv, 'w,0,0.1,0.1,0.9,0.9,,0.99\n');
  await expect(peopleOfFile(csv, { video: 'clips/v.mp4' })).rejects.toThrow(
    `boxes ${csv}: expected rows of the video 'v', received rows of w. ` +
      'Name the video in the first column as its file is called, without the extension.',
  );
  await expect(peopleOfFile(csv, { video: 'clips/w.mp4' })).resolves.toBeDefined();
});
