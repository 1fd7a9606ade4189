/**
 * @file The server under load, on loopback alone and bounded in requests: what batching costs against the batch alone; then
 * twice what it can do: time of answers that are accepted and refused, and memory.
 *
 * node benchmarks/serve.mjs [--seconds=120] [--max-requests=64] [--width=64] [--json]
 * node benchmarks/serve.mjs --seconds=600     ten minutes at twice what it can do
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { videoClassifier } from 'slowfast';

const { fetch } = globalThis;
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    'max-requests': { type: 'string', default: '64' },
    width: { type: 'string', default: '64' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const maxRequests = Number(values['max-requests']);
/** Rows a run, and requests altogether at most, whatever the rate. */
const [BATCH, MOST_REQUESTS] = [8, 200_000];
/**
 * Clips are small (147 kB), so that two cores do many; at the catalog's width of 64 a byte costs the model what it costs
 * at full size. Weights do not matter.
 */
const MODEL = {
  ...{ size: 32, width: Number(values.width), classes: 10, frames: 8, alpha: 2 },
  weights: 'initialised',
};
const NAME = 'slowfast-4x16-r50';
const BIN = fileURLToPath(new URL('../packages/slowfast/bin/slowfast.js', import.meta.url));

const quantile = (sorted, part) =>
  sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const summary = (times) => {
  const sorted = [...times].sort((a, b) => a - b);
  const [p50, p99, most] = [0.5, 0.99, 1].map((part) => Math.round(quantile(sorted, part)));
  return { count: sorted.length, p50, p99, most };
};

/** Clips a second of batches of eight, the model asked as the server asks it. */
async function batchAlone(duration) {
  const classify = await videoClassifier({ model: NAME, ...MODEL });
  const { model } = classify;
  const feeds = () =>
    Object.fromEntries(
      Object.entries(model.inputs).map(([name, [, ...shape]]) => {
        const size = shape.reduce((a, b) => a * b, BATCH);
        const data = new Float32Array(size).fill(0.5);
        return [name, { dtype: 'float32', shape: [BATCH, ...shape], data }];
      }),
    );
  const lanes = model.parallelRuns ?? 1;
  await model.run(feeds());
  const startedAt = performance.now();
  let runs = 0;
  const lane = async () => {
    while (performance.now() - startedAt < duration * 1000) {
      await model.run(feeds(), { transfer: true });
      runs += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const rate = (runs * BATCH) / ((performance.now() - startedAt) / 1000);
  await classify.dispose();
  return rate;
}

async function startServer() {
  const flags = Object.entries(MODEL).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const args = ['serve', NAME, ...flags, '--features', 'none', '--port', '0', '--json'];
  const limits = ['--max-requests', String(maxRequests), '--max-batch', String(BATCH)];
  const child = spawn(process.execPath, [BIN, ...args, ...limits], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [text] = await once(child.stdout, 'data');
  return { child, ...JSON.parse(text) };
}

const server = await startServer();
const agent = new Agent({ keepAlive: true, maxSockets: 4 * maxRequests });
const at = (path) => new URL(path, server.url);
const metadata = await (await fetch(at(`/v2/models/${server.model}`))).json();
const inputs = metadata.inputs.map(({ name, shape: [, ...shape] }) => {
  const bytes = shape.reduce((a, b) => a * b, 4);
  return { name, datatype: 'FP32', shape: [1, ...shape], parameters: { binary_data_size: bytes } };
});
const head = Buffer.from(JSON.stringify({ inputs }));
const tensors = inputs.map(({ parameters: { binary_data_size: bytes } }) =>
  Buffer.from(new Float32Array(bytes / 4).fill(0.5).buffer),
);
const body = Buffer.concat([head, ...tensors]);

/** One clip; the status and the milliseconds to the whole answer. */
function ask() {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const request = httpRequest(at(`/v2/models/${server.model}/infer`), {
      ...{ method: 'POST', agent },
      headers: {
        'content-length': body.byteLength,
        'inference-header-content-length': head.byteLength,
      },
    });
    let status = 0;
    request.on('error', () => resolve({ status, time: performance.now() - startedAt }));
    request.on('response', (response) => {
      status = response.statusCode;
      response.resume().on('end', () => resolve({ status, time: performance.now() - startedAt }));
    });
    request.end(body);
  });
}

/** As many as keep batches full: what the server can do. */
async function capacity(duration) {
  const startedAt = performance.now();
  let done = 0;
  const client = async () => {
    while (performance.now() - startedAt < duration * 1000) {
      if ((await ask()).status === 200) done += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(4 * BATCH, maxRequests) }, client));
  return done / ((performance.now() - startedAt) / 1000);
}

/** What the server says of itself: MiB of memory, seconds of processor, and ms that its event loop came late (p99). */
async function numbers() {
  const text = await (await fetch(at('/metrics'))).text();
  const value = (name) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)[1]);
  return {
    memory: value('process_resident_memory_bytes') / 2 ** 20,
    processor: value('process_cpu_seconds_total'),
    late: value('nodejs_eventloop_lag_p99_seconds') * 1000,
  };
}

/** A thread that only sleeps: how late it comes is the machine's doing, and no server there can be quicker. */
function sleeper() {
  const worker = new Worker(
    `const { monitorEventLoopDelay } = require('node:perf_hooks');
     const delay = monitorEventLoopDelay({ resolution: 5 });
     delay.enable();
     require('node:worker_threads').parentPort.on('message', () => {
       const [p50, p99, most] = [delay.percentile(50), delay.percentile(99), delay.max];
       const late = [p50, p99, most].map((ns) => Math.round(Math.max(0, ns / 1e6 - 5)));
       require('node:worker_threads').parentPort.postMessage(late);
     });`,
    { eval: true },
  );
  return async () => {
    worker.postMessage('tell');
    const [[p50, p99, most]] = await once(worker, 'message');
    await worker.terminate();
    return { p50, p99, most };
  };
}

/** Requests at a rate that does not wait for answers. */
async function overload(rate, duration) {
  const answers = [];
  const resident = [];
  const health = [];
  const lateness = [];
  const all = Math.min(Math.floor(rate * duration), MOST_REQUESTS);
  const startedAt = performance.now();
  let [begun, open] = [0, 0];
  const sampler = setInterval(async () => {
    const asked = performance.now();
    await fetch(at('/v2/health/ready')).then((answer) => answer.arrayBuffer());
    health.push(performance.now() - asked);
    const { memory, late } = await numbers();
    resident.push(memory);
    lateness.push(late);
  }, 1000);
  while (begun < all) {
    const due = Math.min(all, Math.floor(((performance.now() - startedAt) / 1000) * rate));
    // Whoever cannot be sent for want of a socket is not sent later: the rate is what it is.
    for (; begun < due; begun++) {
      if (open >= 4 * maxRequests) continue;
      open += 1;
      void ask().then((answer) => {
        open -= 1;
        answers.push(answer);
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  while (open > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  clearInterval(sampler);
  const of = (status) => answers.filter((one) => one.status === status).map(({ time }) => time);
  const [first, last] = [resident.slice(2, 12), resident.slice(-10)].map((part) =>
    Math.round(part.reduce((a, b) => a + b, 0) / part.length),
  );
  return {
    asked: answers.length,
    acceptedPerSecond: +(of(200).length / ((performance.now() - startedAt) / 1000)).toFixed(1),
    accepted: summary(of(200)),
    refused: summary(of(503)),
    others: answers.filter(({ status }) => status !== 200 && status !== 503).length,
    memory: { first, last },
    health: summary(health),
    eventLoopLate: summary(lateness),
  };
}

await capacity(3);
// In turns, so that both see the same machine.
const rounds = [];
for (let round = 0; round < 5; round++) {
  rounds.push({ served: await capacity(4), alone: await batchAlone(4) });
}
const middle = (numbers) =>
  quantile(
    [...numbers].sort((a, b) => a - b),
    0.5,
  );
const served = middle(rounds.map((round) => round.served));
const alone = middle(rounds.map((round) => round.alone));
const idle = sleeper();
const load = await overload(2 * served, seconds);
const sleeperLate = await idle();
server.child.kill('SIGTERM');
const [code] = await once(server.child, 'exit');
const bound = Math.round((maxRequests / served) * 1000 + (BATCH / served) * 1000);
const result = {
  clipsPerSecond: { served: +served.toFixed(1), batchAlone: +alone.toFixed(1) },
  batching: +middle(rounds.map((round) => round.served / round.alone)).toFixed(3),
  queueBoundMs: bound,
  ...load,
  sleeperLate,
  exit: code,
};
if (values.json) console.log(JSON.stringify(result, null, 1));
else console.log(result);
