import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSlowfast } from './testing/run-slowfast.js';
import { readDefaults } from './defaults.js';
import { classify } from './declarations/classify.js';
import { optionsOf, longName, type CommandDeclaration } from './declaration.js';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-defaults-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const valueIn = async (
  env: Record<string, string>,
  command: CommandDeclaration,
  name: string,
): Promise<unknown> => {
  const option = optionsOf(command).find((one) => longName(one) === name)!;
  return (await readDefaults(env)).valueOf(command, option)?.value;
};

describe('the file of defaults', () => {
  it('sets options of all commands, and of one, which wins; the command line wins over both', async () => {
    const path = await file('a.yaml', 'top: 2\nseed: 7\nclassify:\n  top: 4\n  weights: ./w.pth\n');
    const env = { SLOWFAST_CONFIG: path };
    expect(await valueIn(env, classify, 'top')).toBe(4);
    expect(await valueIn(env, classify, 'seed')).toBe(7);
    expect(await valueIn(env, classify, 'weights')).toBe(join(folder, 'w.pth'));
    const help = await runSlowfast(['classify', '--help'], { config: path });
    expect(help.out).toContain('classes to print (default: 4)');
    const json = await file('a.json', '{ "describe": { "json": true } }');
    expect((await runSlowfast(['describe', 'slow-4x16-r50'], { config: json })).out).toMatch(/^\{/);
  });

  it('is found by XDG_CONFIG_HOME', async () => {
    await mkdir(join(folder, 'slowfast'));
    await file('slowfast/config.yml', 'top: 3\n');
    expect(await valueIn({ XDG_CONFIG_HOME: folder }, classify, 'top')).toBe(3);
    expect(await valueIn({ XDG_CONFIG_HOME: join(folder, 'none') }, classify, 'top')).toBe(
      undefined,
    );
  });

  it.each([
    ['tpo: 3', 'expected the long name of an option ('],
    ['classify: { window: 3 }', 'classify: expected the long name of an option'],
    ['top: 0', '--top: expected a whole number of at least 1'],
    ['strict: 3', 'strict: expected true or false'],
    ['format: npz', "received 'format'"],
    ['[1]', 'expected options and their values, received [1]'],
    ['a: [', 'expected JSON or YAML'],
  ])('refuses %j', async (text, message) => {
    const config = await file('wrong.yaml', text);
    const result = await runSlowfast(['models'], { config });
    expect(result).toMatchObject({ code: 2, out: '' });
    expect(result.err).toContain(`error: ${config}: `);
    expect(result.err).toContain(message);
    // Help is needed most when something is wrong.
    expect((await runSlowfast(['--help'], { config })).code).toBe(0);
  });

  it('that is named has to be there', async () => {
    const result = await runSlowfast(['models'], { config: join(folder, 'nowhere.yaml') });
    expect(result).toMatchObject({ code: 2 });
    expect(result.err).toContain('error: SLOWFAST_CONFIG: expected a file, received');
  });
});
