/** @file What was measured before on this machine, in a file. Loads Node's modules when it is called. */
import * as v from 'valibot';
import {
  firstLine,
  isNode,
  RuntimeError,
  internalError,
  readJson,
  schemaParts,
  writeTextAtomic,
} from '@slowfast/core';
import { layerText, type LayerLowering } from '../lowering/plan.js';
import type { MeasuredLowering } from './measure-layer.js';

/** What measurements depend on beside the layer. */
export interface TuningHost {
  readonly processor: string;
  readonly cores: number;
  /** Of the session; 0 where ONNX Runtime chooses. */
  readonly threads: number;
  /** Package and version of ONNX Runtime. */
  readonly runtime: string;
  /** {@link LOWERING_REVISION} */
  readonly lowering: number;
}

/** To be counted up when lowered layers change, so that what was measured before is measured again. */
export const LOWERING_REVISION = 3;

/** Measurements by signature of the layer. */
export type Measurements = Map<string, readonly MeasuredLowering[]>;

/** A file of measurements. */
export interface TuningCache {
  /** Where it is; undefined where there is none. */
  readonly path: string | undefined;
  read(): Promise<Measurements>;
  /** Writes what is given and what another process wrote meanwhile. */
  write(measurements: Measurements): Promise<void>;
}

/** Larger files are not ours: a layer takes some hundred bytes. */
const LARGEST_FILE = 8 * 1024 * 1024;
const FORMAT = 'slowfast-lowering-1';

const { listOf, numberFrom, object, openObject, whole } = schemaParts;
const frames = whole(1, 4096);

const FILE = openObject({
  format: v.literal(FORMAT, FORMAT),
  layers: v.record(
    v.string(),
    listOf(
      object({
        lowering: v.union(
          [v.literal('plain'), object({ outputs: frames, inputs: frames })],
          'a lowering',
        ),
        milliseconds: numberFrom(0, Number.MAX_VALUE),
      }),
      1024,
    ),
    'times by layer',
  ),
});

/** `onWarning` is told of files that are of no use; they are replaced. */
export async function tuningCache(
  host: TuningHost,
  { folder, onWarning }: { folder?: string | false; onWarning?: (text: string) => void },
): Promise<TuningCache> {
  if (folder === false || !isNode()) {
    return { path: undefined, read: async () => new Map(), write: async () => undefined };
  }
  const { join } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:path');
  const { createHash } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:crypto');
  const key = createHash('sha256').update(JSON.stringify(host)).digest('hex').slice(0, 16);
  const path = join(folder ?? (await defaultCacheFolder()), `lowering-${key}.json`);
  const read = async (): Promise<Measurements> => {
    try {
      return await readMeasurements(path);
    } catch (error) {
      onWarning?.(`${firstLine(error)}; layers are measured again`);
      return new Map();
    }
  };
  return {
    path,
    read,
    async write(measurements) {
      const layers = Object.fromEntries([...(await read()), ...measurements]);
      try {
        await writeMeasurements(path, `${JSON.stringify({ format: FORMAT, host, layers })}\n`);
      } catch (error) {
        onWarning?.(`the measured times cannot be kept: ${firstLine(error)}`);
      }
    },
  };
}

/** The folder for what can be made again: XDG_CACHE_HOME, or what the platform has in its place. */
export async function defaultCacheFolder(): Promise<string> {
  const { join } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:path');
  const { homedir } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:os');
  const { env, platform } = process;
  if (env['XDG_CACHE_HOME']) return join(env['XDG_CACHE_HOME'], 'slowfast');
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'slowfast', 'Cache');
  }
  return platform === 'darwin'
    ? join(homedir(), 'Library', 'Caches', 'slowfast')
    : join(homedir(), '.cache', 'slowfast');
}

async function readMeasurements(path: string): Promise<Measurements> {
  const { open } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises');
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return new Map();
  try {
    const { size } = await file.stat();
    if (size > LARGEST_FILE) throw unusable(path, `${size} bytes`);
    return parseMeasurements(path, await file.readFile('utf8'));
  } finally {
    await file.close();
  }
}

function parseMeasurements(path: string, text: string): Measurements {
  const { layers } = readJson(FILE, text, { site: path, error: RuntimeError });
  return new Map(Object.entries(layers));
}

const unusable = (site: string, received: string): RuntimeError =>
  new RuntimeError({ site, expected: 'times of layers, as --tune writes them', received });

async function writeMeasurements(path: string, text: string): Promise<void> {
  const { mkdir } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises');
  const { dirname } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:path');
  await mkdir(dirname(path), { recursive: true });
  await writeTextAtomic(path, text);
}

/** Whether what was measured are these lowerings. */
export function isOf(
  measured: readonly MeasuredLowering[],
  candidates: readonly LayerLowering[],
): boolean {
  const texts = (layers: readonly LayerLowering[]): string => layers.map(layerText).join();
  return texts(measured.map(({ lowering }) => lowering)) === texts(candidates);
}

/** The processor's model and number of cores. */
export async function thisProcessor(): Promise<Pick<TuningHost, 'processor' | 'cores'>> {
  if (!isNode()) throw internalError('the processor is asked for outside of Node');
  const { availableParallelism, cpus } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:os'
  );
  return { processor: cpus()[0]?.model.trim() ?? process.arch, cores: availableParallelism() };
}
