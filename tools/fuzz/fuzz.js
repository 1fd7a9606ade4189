/** @file Arguments, children, limits, and the table of outcomes: see README.md beside this file. */
import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const KINDS = ['checkpoints', 'onnx', 'videos', 'lists', 'configs'];
/** Milliseconds and bytes of memory beyond what the child takes when it starts, for one case. */
const LIMITS = { time: 20_000, memory: 1.5 * 2 ** 30 };
/** Longest message of an error of ours, characters. */
const LONGEST_MESSAGE = 8000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '200' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const kinds = positionals.includes('all') || positionals.length === 0 ? KINDS : positionals;
const wrong = kinds.filter((kind) => !KINDS.includes(kind));
if (wrong.length > 0) {
  console.error(`expected ${KINDS.join(', ')} or all, received ${wrong.join(', ')}`);
  process.exit(2);
}

const memoryOf = (pid) => {
  try {
    return (
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
    );
  } catch {
    return 0;
  }
};

/** Starts a child and waits until it is ready. */
function child(kind) {
  const path = fileURLToPath(new URL('child.js', import.meta.url));
  const started = fork(path, [kind, values.seed], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let stderr = '';
  started.stderr.on('data', (data) => (stderr = (stderr + data).slice(-2000)));
  return new Promise((resolve, reject) => {
    started.once('message', () => resolve({ process: started, stderr: () => stderr }));
    started.once('exit', (code) =>
      reject(new Error(`the ${kind} child ended with ${code}: ${stderr}`)),
    );
  });
}

/** One case in a child: how it ended, and whether the child can go on. */
function runCase({ process: target, stderr }, number) {
  return new Promise((resolve) => {
    const before = memoryOf(target.pid);
    const startedAt = Date.now();
    let [peak, input] = [0, undefined];
    const end = (result, alive) => {
      clearInterval(watch);
      target.off('message', onMessage);
      target.off('exit', onExit);
      if (!alive) target.kill('SIGKILL');
      resolve({ ...result, input, alive, ms: Date.now() - startedAt, peak });
    };
    const onMessage = (message) => {
      if (message.number !== number) return;
      if (message.started) input = message;
      else if (message.length > LONGEST_MESSAGE) end({ ...message, outcome: 'long message' }, true);
      else end(message, true);
    };
    const onExit = (code, signal) =>
      end({ outcome: 'crash', message: `${signal ?? code}: ${stderr()}` }, false);
    const watch = setInterval(() => {
      peak = Math.max(peak, memoryOf(target.pid) - before);
      if (peak > LIMITS.memory) end({ outcome: 'memory', message: `${peak} bytes` }, false);
      else if (Date.now() - startedAt > LIMITS.time)
        end({ outcome: 'hang', message: `${LIMITS.time} ms` }, false);
    }, 25);
    target.on('message', onMessage);
    target.once('exit', onExit);
    target.send(number);
  });
}

const FINE = new Set(['read', 'refused']);

/** Keeps the input of a case that failed, to be looked at. */
function keep(kind, number, { input, outcome, message }) {
  const folder = fileURLToPath(new URL('../../tmp/fuzz/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = `${folder}${kind}-${values.seed}-${number}-${input?.name ?? 'none'}`;
  if (input) writeFileSync(file, Buffer.from(input.bytes, 'base64'));
  console.error(
    `${kind} case ${number}: ${outcome}: ${message}\n  ${file}\n` +
      `  again: node tools/fuzz/fuzz.js ${kind} --seed ${values.seed} --from ${number} --count 1`,
  );
}

const report = [];
for (const kind of kinds) {
  const outcomes = {};
  let [slowest, peak, worker] = [{ ms: 0, number: 0 }, 0, await child(kind)];
  const first = Number(values.from);
  for (let number = first; number < first + Number(values.count); number++) {
    const result = await runCase(worker, number);
    outcomes[result.outcome] = (outcomes[result.outcome] ?? 0) + 1;
    if (result.ms > slowest.ms) slowest = { ms: result.ms, number };
    peak = Math.max(peak, result.peak);
    if (!FINE.has(result.outcome)) keep(kind, number, result);
    if (!result.alive) worker = await child(kind);
  }
  worker.process.disconnect();
  report.push({
    kind,
    seed: Number(values.seed),
    cases: Number(values.count),
    outcomes,
    slowestMs: slowest.ms,
    slowestCase: slowest.number,
    peakMiB: Math.round(peak / 2 ** 20),
  });
  if (!values.json) {
    const text = Object.entries(outcomes).map(([name, count]) => `${count} ${name}`);
    console.log(
      `${kind}: ${text.join(', ')}; slowest ${slowest.ms} ms (case ${slowest.number}), memory ${Math.round(peak / 2 ** 20)} MiB`,
    );
  }
}
if (values.json) console.log(JSON.stringify(report));
const failed = report.some(({ outcomes }) => Object.keys(outcomes).some((name) => !FINE.has(name)));
process.exit(failed ? 1 : 0);
