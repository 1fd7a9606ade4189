import { readAvaExclusions, readAvaTable } from './csv.js';
import { avaBox } from './table.js';

describe('readAvaTable', () => {
  it('reads rows that come in pieces, with a byte order mark and empty lines', async () => {
    async function* pieces(): AsyncGenerator<string> {
      yield '\uFEFFa-b_c,0902,0.1,0.2,0.3,0.4,12\r\n\r\na-b';
      yield '_c,902,0.5,0.5,1,1,7\nz,1000,0,0,1,1,';
    }
    const table = await readAvaTable(pieces());
    expect(table.frames).toEqual(['a-b_c,0902', 'z,1000']);
    expect([...table.frame]).toEqual([0, 0, 1]);
    expect([...table.labels]).toEqual([12, 7, -1]);
    expect([...table.scores]).toEqual([1, 1, 1]);
    expect(avaBox(table, 0)).toEqual([0.1, 0.2, 0.3, 0.4]);
    expect(avaBox(table, 1)).toEqual([0.5, 0.5, 1, 1]);
  });

  it('leaves out rows below a score, but not by the number of a person', async () => {
    const text = 'v,902,0,0,1,1,,0.95\nv,902,0,0,1,0.5,,0.3\n';
    expect((await readAvaTable([text], { threshold: 0.8 })).rows).toBe(1);
    const people = await readAvaTable([text], { eighth: 'person', threshold: 0.8 });
    expect([...people.scores]).toEqual([1, 1]);
  });

  it('grows', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `v,${i},0,0,1,1,3,${i}`);
    const table = await readAvaTable([rows.join('\n')]);
    expect(table.rows).toBe(5000);
    expect([table.frames.length, table.scores[4999], table.labels[1234]]).toEqual([5000, 4999, 3]);
  });

  it.each([
    [
      'v,902,0,0,1\n',
      'AVA file:1: expected video, second, x1, y1, x2, y2, label and perhaps a score, received v,902,0,0,1.',
    ],
    ['v,902,0,0,1,x,1\n', "AVA file:1: expected a number, received 'x'."],
    ['\nv,9.5,0,0,1,1,1\n', "AVA file:2: expected a whole second, received '9.5'."],
    ['v,902,0,0,1,1,0\n', 'v,0902: expected a label id of at least 1, or -1 for none, received 0.'],
    ['x'.repeat(5000), 'AVA file:1: expected at most 4096 characters, received 5000.'],
  ])('refuses %j', async (text, message) => {
    await expect(readAvaTable([text])).rejects.toThrow(new Error(message));
  });
});

describe('readAvaExclusions', () => {
  it('reads keys of frames', async () => {
    expect([...(await readAvaExclusions(['a,0905\nb,12\n']))]).toEqual(['a,0905', 'b,0012']);
    await expect(readAvaExclusions(['a,1,2\n'])).rejects.toThrow(
      'AVA exclusions:1: expected video, second, received a,1,2.',
    );
  });
});
