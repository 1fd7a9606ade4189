/** @file What `slowfast doctor` reports, and what it concludes. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus, freemem, totalmem } from 'node:os';
import type { OnnxBackendStatus } from '@slowfast/runtime-onnx';
import type { TfjsBackendStatus } from '@slowfast/runtime-tfjs';
import type { decoders } from '@slowfast/video';
import { processors } from '../../machine/processors.js';
import { VERSION } from '../version.js';
import type { ProbeResult } from './ask-probe.js';

const GIB = 2 ** 30;
const NEEDED_GIB = 2;

/** What one decoder is like. */
export type DecoderStatus = Awaited<ReturnType<typeof decoders>>[number];

/** What the probes found. */
export interface Probes {
  readonly onnx: ProbeResult<readonly OnnxBackendStatus[]>;
  readonly tfjs: ProbeResult<readonly TfjsBackendStatus[]>;
  readonly decoders: ProbeResult<readonly DecoderStatus[]>;
}

/** What is known of published weights. */
export interface WeightsStatus {
  readonly cache: string;
  readonly entries: number;
  readonly bytes: number;
  /** `SLOWFAST_MIRROR`; null: their own hosts. */
  readonly mirror: string | null;
  /** Whether `SLOWFAST_OFFLINE` forbids to fetch any. */
  readonly isOffline: boolean;
}

/** What `--json` prints. */
export interface Report {
  readonly slowfast: string;
  readonly node: string;
  readonly platform: string;
  readonly processor: {
    readonly model: string;
    readonly cores: number;
    /** Cores' worth of time that a container may take; null without a limit. */
    readonly quota: number | null;
  };
  readonly memory: { readonly totalGiB: number; readonly freeGiB: number };
  readonly runtimes: readonly OnnxBackendStatus[];
  /** What `--runtime tfjs` can run on, the preferred first. */
  readonly tfjs: readonly TfjsBackendStatus[];
  readonly decoders: readonly DecoderStatus[];
  /** Where published weights are kept and come from. */
  readonly weights: WeightsStatus;
  /** What keeps commands from working, or makes them slow; empty when all is well. */
  readonly problems: readonly string[];
}

/** Whether commands can work at all. */
export const isUsable = ({ runtimes, decoders: all }: Report): boolean =>
  runtimes.some(works) && all.some(({ available }) => available);

const works = ({ available, providers }: OnnxBackendStatus): boolean =>
  available && providers.length > 0;

/** The report of this machine. */
export function reportOf(probes: Probes, weights: WeightsStatus): Report {
  const { cores, quota } = processors();
  const findings = {
    runtimes: foundBy(probes.onnx),
    tfjs: foundBy(probes.tfjs),
    decoders: foundBy(probes.decoders),
    memory: { totalGiB: rounded(totalmem() / GIB), freeGiB: rounded(freemem() / GIB) },
    processor: { model: cpus()[0]?.model.trim() ?? 'unknown', cores, quota: quota ?? null },
  };
  return {
    slowfast: VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    ...findings,
    weights,
    problems: [...failures(probes), ...missing(findings), ...slow(findings)],
  };
}

const foundBy = <T>(probe: ProbeResult<readonly T[]>): readonly T[] =>
  'found' in probe ? probe.found : [];

const rounded = (value: number): number => Math.round(value * 10) / 10;

type Found = Pick<Report, 'runtimes' | 'tfjs' | 'decoders' | 'memory' | 'processor'>;

function failures({ onnx, tfjs, decoders: video }: Probes): readonly string[] {
  const groups = { 'ONNX Runtime': onnx, 'TensorFlow.js': tfjs, decoders: video };
  return Object.entries(groups).flatMap(([name, probe]) =>
    'failure' in probe ? [`${name} could not be tried: ${probe.failure}`] : [],
  );
}

function missing({ runtimes, decoders: all }: Found): readonly string[] {
  const isDecoding = all.some(({ available }) => available);
  return [
    ...(runtimes.some(works)
      ? []
      : ['no runtime works: run `npm install onnxruntime-node`, then this command again']),
    ...(isDecoding
      ? []
      : [
          'no video decoder works: run `npm install node-av`, or install ffmpeg and put it on the PATH',
        ]),
  ];
}

function slow({ runtimes, decoders: all, memory, processor }: Found): readonly string[] {
  const native = runtimes.find(({ name }) => name === 'onnxruntime-node');
  const { cores, quota } = processor;
  return [
    ...(runtimes.some(works) && native && !works(native)
      ? ['models run on WebAssembly, several times slower: run `npm install onnxruntime-node`']
      : []),
    ...(native && works(native) && isNvidia() && !native.providers.includes('cuda')
      ? ['there is an NVIDIA GPU, which the runtime cannot use: see why it is without cuda above']
      : []),
    ...(all.some(({ name, available }) => name === 'ffmpeg' && available) &&
    all.some(({ name, available }) => name === 'node-av' && !available)
      ? ['videos are decoded by the ffmpeg command: node-av is faster for many short ones']
      : []),
    ...(memory.totalGiB < NEEDED_GIB
      ? [`${memory.totalGiB} GiB of memory: SlowFast 4x16 R50 at 256² wants about ${NEEDED_GIB}`]
      : []),
    ...(memory.totalGiB >= NEEDED_GIB && memory.freeGiB < 1
      ? [`${memory.freeGiB} GiB of memory are free: other programs take the rest`]
      : []),
    ...(cores < 2 ? ['one processor core: inference and decoding take turns on it'] : []),
    ...(quota !== null && quota < cores
      ? [`a container's limit: ${rounded(quota)} of ${cores} cores, which is as fast as it gets`]
      : []),
    ...(hasNoAvx2() ? ['the processor has no AVX2: convolutions take several times as long'] : []),
  ];
}

const isNvidia = (): boolean => existsSync('/proc/driver/nvidia/version');

/** Known on Linux alone. */
function hasNoAvx2(): boolean {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false;
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
    return flags !== undefined && !/\bavx2\b/.test(flags);
  } catch {
    return false;
  }
}

/** The report as text. */
export function reportText(report: Report): string {
  const { processor, memory } = report;
  const limit =
    processor.quota === null
      ? ''
      : ` (of which a container's limit allows ${rounded(processor.quota)})`;
  const lines = [
    `slowfast ${report.slowfast}, Node ${report.node}, ${report.platform}`,
    `${processor.model}, ${processor.cores} cores${limit}, ${memory.totalGiB} GiB of memory (${memory.freeGiB} free)`,
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
    'Published weights',
    `  in   ${report.weights.cache}: ${report.weights.entries}, ${rounded(report.weights.bytes / 2 ** 20)} MiB`,
    `  from ${report.weights.isOffline ? 'the cache alone (SLOWFAST_OFFLINE)' : (report.weights.mirror ?? 'their own hosts')}`,
    '',
    report.problems.length === 0
      ? 'Nothing is missing.'
      : `Problems\n${report.problems.map((problem) => `  !    ${problem}`).join('\n')}`,
  ];
  return `${lines.join('\n')}\n`;
}
