/** @file The Python that tests run programs with: `SLOWFAST_PYTHON`, or `python3` where it has torch. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { RuntimeError } from '@slowfast/core';

const run = promisify(execFile);

let search: Promise<string | undefined> | undefined;

/**
 * A Python that has torch, or nothing where there is none. Rejects with {@link RuntimeError} where `SLOWFAST_PYTHON` names
 * one without, and in CI, where there has to be one.
 */
export function pythonWithTorch(): Promise<string | undefined> {
  return (search ??= find());
}

async function find(): Promise<string | undefined> {
  const choice = process.env['SLOWFAST_PYTHON'];
  const python = choice ?? 'python3';
  try {
    await run(python, ['-c', 'import torch']);
    return python;
  } catch (cause) {
    if (choice === undefined && process.env['CI'] === undefined) return undefined;
    throw new RuntimeError({
      site: 'SLOWFAST_PYTHON',
      expected: 'a Python that has torch',
      received: python,
      remedy: 'Install PyTorch (pip install torch, or apt-get install python3-torch)',
      cause,
    });
  }
}

/** Runs a Python program, and gives what it said; what it said of an error is in the error. */
export async function runPython(
  python: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const { stdout } = await run(python, [...args], {
    ...options,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...options.env },
    maxBuffer: 2 ** 26,
  });
  return stdout;
}
