/** @file Declarations against the catalog and against themselves. */
import { DATASETS, DEFAULT_MODEL, ZOO_CONVENTIONS } from '@slowfast/models';
import { COMMANDS } from './commands.js';
import { longName, optionsOf } from './declaration.js';
import { NO_DEFAULTS } from './defaults.js';
import * as options from './options/model.js';
import { parsed } from './program.js';
import { slowfast } from './testing/run-slowfast.js';

it('declarations say what the catalog says', () => {
  expect(options.ZOOS).toEqual(Object.keys(ZOO_CONVENTIONS));
  expect(options.DATA_SETS).toEqual(Object.keys(DATASETS));
  expect(options.DEFAULT_MODEL).toBe(DEFAULT_MODEL);
});

describe.each(COMMANDS.map((command) => [command.name, command] as const))(
  '%s',
  (name, command) => {
    it('has examples that are right, options that differ, and JSON', async () => {
      const silent = { out: () => undefined, err: () => undefined, hasColours: false };
      for (const [line] of command.examples) {
        // What a shell takes away before the command sees it.
        const words = line.replace(/ [<>] .*$/, '').split(' ');
        expect(await parsed(words, silent, NO_DEFAULTS)).toMatchObject({ command });
      }
      expect(command.examples.length).toBeGreaterThan(0);
      const names = optionsOf(command).map(longName);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toContain('json');
    });

    it('has a help, and exit code 2 for a wrong option', async () => {
      const words = name.split(' ');
      const { code, out } = await slowfast(...words, '--help');
      expect(code).toBe(0);
      expect(out).toContain('\nExamples:\n  slowfast ');
      expect(await slowfast(...words, '--frobnicate')).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringMatching(
          /^error: (unknown option '--frobnicate'|required option)/,
        ) as string,
      });
    });
  },
);

it('colours are for terminals, and where they are forced', async () => {
  const styled = async (env: Record<string, string>): Promise<string> => {
    let out = '';
    const { main } = await import('./main.js');
    const nothing = { out: () => undefined, err: () => undefined, interactive: false };
    await main(
      ['--help'],
      { ...nothing, signal: new AbortController().signal },
      { styled: (text) => (out += text), env: { SLOWFAST_CONFIG: '', ...env } },
    );
    return out;
  };
  expect(await styled({ FORCE_COLOR: '1' })).toContain('\u001b[36m');
  expect(await styled({ FORCE_COLOR: '1', NO_COLOR: '1' })).not.toContain('\u001b');
  expect(await styled({})).not.toContain('\u001b');
});
