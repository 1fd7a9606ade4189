/** @file The command as a process: signals, streams that end or are full, inputs that are no files. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failureOf } from './exit.js';
import { slowfast } from './testing/run-slowfast.js';
import { BIN, needBuild, startSlowfast } from './testing/slowfast-process.js';

const VIDEO = fileURLToPath(new URL('../../../../examples/media/archery.avi', import.meta.url));
const quick = ['--views', '1x1', '--json'];

let folder: string;
beforeAll(needBuild);
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-process-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const posix = process.platform === 'win32' ? it.skip : it;

describe('a signal', () => {
  posix('ends a classification, without waiting for the view at hand', async () => {
    const { child, ended } = startSlowfast([
      ...['classify', VIDEO, '--model', 'slowfast-4x16-r50', '--size', '64', '--views', '1000x3'],
      ...['--weights', 'initialised', '--width', '8'],
    ]);
    child.stderr.once('data', () => setTimeout(() => child.kill('SIGINT'), 300));
    const { code, out, err } = await ended;
    expect(err).toContain('interrupted\n');
    expect({ code, out }).toEqual({ code: 130, out: '' });
  });
});

describe('standard output', () => {
  const shell = (script: string): string =>
    execFileSync('bash', ['-c', script, 'bash', process.execPath, BIN, VIDEO], {
      encoding: 'utf8',
      env: { ...process.env, SLOWFAST_CONFIG: '', NO_COLOR: '1' },
    });

  posix('that nobody reads any more is no error', () => {
    expect(shell('"$1" "$2" models --json 2>&1 | head -1; echo "${PIPESTATUS[0]}"')).toMatch(
      /^\{"name":"slowfast-ut-interaction".*\}\n0\n$/,
    );
  });

  posix.each(['models', '--help', 'classify "$3" --views 1x1'])(
    'that is full is told in one line: %s',
    (command) => {
      const out = shell(
        `"$1" "$2" ${command} 2>&1 >/dev/full | grep -v ^warning; echo "\${PIPESTATUS[0]}"`,
      );
      expect(out).toMatch(/^error: standard output: expected a place .* ENOSPC.*\n1\n$/);
    },
  );
});

describe('an input', () => {
  it('is standard input where it is named -', async () => {
    const { child, ended } = startSlowfast(['classify', '-', ...quick]);
    createReadStream(VIDEO).pipe(child.stdin);
    const { code, out } = await ended;
    expect(code).toBe(0);
    const named = await startSlowfast(['classify', VIDEO, ...quick]).ended;
    const result = (text: string) => JSON.parse(text) as { file: string; predictions: object[] };
    expect(result(out).file).toBe('-');
    expect(result(out).predictions).toEqual(result(named.out).predictions);
  });

  it('may be a list on standard input, whose paths are relative to where the command runs', async () => {
    const { child, ended } = startSlowfast(['evaluate', '--data', '-', ...quick]);
    child.stdin.end(`${VIDEO} 0\n`);
    const { code, out } = await ended;
    expect(code).toBe(0);
    expect(out).toContain(`"file":"${VIDEO}"`);
  });

  it('on standard input is called so in errors, with the line', async () => {
    const { child, ended } = startSlowfast(['evaluate', '--data', '-', ...quick]);
    child.stdin.end(`${VIDEO} 0\n${VIDEO} -1\n`);
    const { code, out, err } = await ended;
    expect(code).toBe(1);
    expect(err).toMatch(/^error: standard input, line 2: expected /m);
    expect(out).toContain('"message":"standard input, line 2: expected');
    expect(out + err).not.toContain('slowfast-');
  });

  posix('that is a FIFO is refused, not waited for', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const args of [
      ['evaluate', '--data', fifo],
      ['classify', VIDEO, '--weights', fifo],
      ['train', fifo],
      ['classify', fifo],
    ]) {
      const { code, err } = await slowfast(...args);
      expect({ args, code, err }).toEqual({
        args,
        code: 1,
        err: expect.stringMatching(
          /fifo: expected .*received a (FIFO|device, pipe or socket)\./,
        ) as string,
      });
    }
  });
});

posix('control characters of a name are shown, not sent', async () => {
  const name = 'red\u001b[31m\u009b\u202e\nvideo.avi';
  await writeFile(join(folder, name), 'no video');
  const { out, err } = await startSlowfast(['classify', folder, ...quick]).ended;
  expect(err).toContain('red\\u001b[31m\\u009b\\u202e\nvideo.avi');
  for (const character of '\u001b\u009b\u202e') expect(out + err).not.toContain(character);
  expect(JSON.parse(out)).toMatchObject({ file: join(folder, name) });
});

/** Builds of onnxruntime-node from 1.29 on report to their maker unless they are told not to. */
it.each(['the command', 'the library'])(
  'nothing is left in temporary folders and at home by telemetry of %s',
  async (what) => {
    const env: NodeJS.ProcessEnv = { TMPDIR: folder, HOME: folder, XDG_CACHE_HOME: folder };
    // Where tests run, telemetry may be off by itself.
    Object.assign(env, { CI: undefined, ORT_DISABLE_TELEMETRY: undefined });
    if (what === 'the library') {
      const script = `import('slowfast').then(async ({ videoClassifier }) => {
        const classify = await videoClassifier({ cache: false });
        await classify.dispose();
      })`;
      const options = {
        encoding: 'utf8',
        cwd: import.meta.dirname,
        env: { ...process.env, ...env },
      } as const;
      expect(spawnSync(process.execPath, ['-e', script], options).stderr).toBe('');
    } else {
      const { code } = await startSlowfast(['classify', VIDEO, ...quick, '--no-cache'], env).ended;
      expect(code).toBe(0);
    }
    const names = await readdir(folder, { recursive: true });
    expect(names.filter((name) => /mat-debug|\.ses|Microsoft|deviceid/.test(name))).toEqual([]);
  },
);

posix('too few open files are an error of one line', () => {
  const argv = ['-c', 'ulimit -n 40; exec "$0" "$@"', process.execPath, BIN, '--version'];
  const { status, stderr } = spawnSync('sh', argv, { encoding: 'utf8' });
  expect(stderr).toBe(
    'error: open files: expected some hundreds at once, received a lower limit (EMFILE). Raise it, as by: ulimit -n 1024.\n',
  );
  expect(status).toBe(1);
  // The same where they run out later.
  const late = Object.assign(new Error('EMFILE: too many open files'), {
    ...{ code: 'EMFILE', syscall: 'open' },
  });
  expect(failureOf(late).text).toBe(stderr);
});
