/** @file `slowfast doctor`: what is here, what is missing, and what to do about it. */
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { availableOnnxBackends, type OnnxBackendStatus } from '@slowfast/runtime-onnx';
import type { TfjsBackendStatus } from '@slowfast/runtime-tfjs';
import { decoders } from '@slowfast/video';
import { EXIT } from './exit.js';
import type { AddCommand } from './main.js';
import { VERSION } from './version.js';

const GIB = 2 ** 30;
const NEEDED_GIB = 2;

/** What `--json` prints. */
interface Report {
  readonly slowfast: string;
  readonly node: string;
  readonly platform: string;
  readonly processor: { readonly model: string; readonly cores: number };
  readonly memory: { readonly totalGiB: number; readonly freeGiB: number };
  readonly runtimes: readonly OnnxBackendStatus[];
  /** What `--runtime tfjs` can run on, the preferred first. */
  readonly tfjs: readonly TfjsBackendStatus[];
  readonly decoders: Awaited<ReturnType<typeof decoders>>;
  /** What keeps commands from working, or makes them slow; empty when all is well. */
  readonly problems: readonly string[];
}

/** Adds `doctor`. */
export const addDoctor: AddCommand = (program, run) => {
  program
    .command('doctor')
    .description('show runtimes, decoders and memory, and why something is missing or slow')
    .option('--json', 'print one JSON object')
    .action((options: { json?: boolean }) =>
      run(async (terminal) => {
        const report = await examine();
        terminal.out(options.json ? `${JSON.stringify(report)}\n` : reportText(report));
        return report.runtimes.some(works) && report.decoders.some((d) => d.available)
          ? EXIT.success
          : EXIT.failure;
      }),
    );
};

const works = (runtime: OnnxBackendStatus): boolean =>
  runtime.available && runtime.providers.length > 0;

async function examine(): Promise<Report> {
  const { availableTfjsBackends } = await import('@slowfast/runtime-tfjs');
  const [runtimes, videoDecoders] = await Promise.all([availableOnnxBackends(), decoders()]);
  const tfjs = await availableTfjsBackends();
  const cores = availableParallelism();
  const memory = { totalGiB: rounded(totalmem() / GIB), freeGiB: rounded(freemem() / GIB) };
  const problems = [
    ...(runtimes.some(works)
      ? []
      : ['no runtime works: run `npm install onnxruntime-node`, then this command again']),
    ...(videoDecoders.some((d) => d.available)
      ? []
      : [
          'no video decoder works: run `npm install node-av`, or install ffmpeg and put it on the PATH',
        ]),
    ...(memory.totalGiB < NEEDED_GIB
      ? [`${memory.totalGiB} GiB of memory: SlowFast 4x16 R50 at 256² wants about ${NEEDED_GIB}`]
      : []),
    ...(cores < 2 ? ['one processor core: inference and decoding take turns on it'] : []),
  ];
  return {
    slowfast: VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: { model: cpus()[0]?.model.trim() ?? 'unknown', cores },
    memory,
    runtimes,
    tfjs,
    decoders: videoDecoders,
    problems,
  };
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

function reportText(report: Report): string {
  const { processor, memory } = report;
  const lines = [
    `slowfast ${report.slowfast}, Node ${report.node}, ${report.platform}`,
    `${processor.model}, ${processor.cores} cores, ${memory.totalGiB} GiB of memory (${memory.freeGiB} free)`,
    '',
    'Runtimes',
    ...report.runtimes.flatMap(({ name, available, version, providers, unavailable, reason }) => [
      available
        ? `  ok   ${name} ${version ?? ''}: ${providers.join(', ') || 'no provider'}`
        : `  --   ${name}: ${reason ?? 'not available'}`,
      ...unavailable.map((passed) => `       without ${passed.provider}: ${passed.reason}`),
    ]),
    `TensorFlow.js ${report.tfjs[0]?.version ?? ''}`,
    ...report.tfjs.map(({ backend, available, reason }) =>
      available ? `  ok   ${backend}` : `  --   ${backend}: ${reason ?? 'not available'}`,
    ),
    'Decoders',
    ...report.decoders.map(({ name, available, version, reason }) =>
      available
        ? `  ok   ${name}${version ? ` ${version}` : ''}`
        : `  --   ${name}: ${reason ?? 'not available'}`,
    ),
    '',
    report.problems.length === 0
      ? 'Nothing is missing.'
      : `Problems\n${report.problems.map((problem) => `  !    ${problem}`).join('\n')}`,
  ];
  return `${lines.join('\n')}\n`;
}
