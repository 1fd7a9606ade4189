/** @file What all benchmarks share: medians, peak memory of a child process, how results are printed. */
import { spawn } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The middle of a list of numbers. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Milliseconds that an action takes. */
export async function timed(action) {
  const startedAt = performance.now();
  await action();
  return performance.now() - startedAt;
}

/**
 * Runs this script again as a process of its own with `--task NAME JSON`, so that its peak memory is
 * the task's alone. Resolves with what the task printed as JSON, and `peakMiB`.
 */
export async function inChild(scriptUrl, task, argument) {
  const args = [fileURLToPath(scriptUrl), '--task', task, JSON.stringify(argument)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`${task} ended with code ${code}`);
  return JSON.parse(out.trim().split('\n').at(-1));
}

/** Runs `tasks[NAME](argument)` when this process was started by {@link inChild}; says whether it was. */
export async function runTask(tasks) {
  const at = process.argv.indexOf('--task');
  if (at < 0) return false;
  const result = await tasks[process.argv[at + 1]](JSON.parse(process.argv[at + 2]));
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ ...result, peakMiB }));
  return true;
}

/** Prints rows as a table and keeps them in `benchmarks/results/NAME.json` with the machine they ran on. */
export async function keep(name, rows) {
  console.table(rows);
  const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}`;
  const folder = new URL('results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const target = new URL(`${name}.json`, folder);
  const temporary = new URL(`${name}.json.tmp`, folder);
  await writeFile(temporary, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
  await rename(temporary, target);
}

/** Rounds for reading. */
export const rounded = (value, digits = 2) => Number(value.toFixed(digits));
