/** @file A Python with the packages that a test compares with. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The Python that `SLOWFAST_PYTHON` names, or the one on the PATH. */
export const PYTHON = process.env['SLOWFAST_PYTHON'] ?? 'python3';

/** Whether this Python has the modules. In CI it has to: rejects with how to get them. */
export async function hasPython(modules: readonly string[], packages: string): Promise<boolean> {
  try {
    await python(modules.map((name) => `import ${name}`).join('\n'));
    return true;
  } catch (cause) {
    if (process.env['CI'] === undefined) return false;
    throw new Error(
      `expected a Python with ${modules.join(', ')}: run python3 -m venv V && V/bin/pip install ${packages}, ` +
        'and set SLOWFAST_PYTHON to V/bin/python',
      { cause },
    );
  }
}

/** Runs a program of Python, and gives what it prints. */
export async function python(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(PYTHON, ['-c', program, ...args], {
    maxBuffer: 2 ** 26,
    timeout: 60_000,
  });
  return stdout;
}
