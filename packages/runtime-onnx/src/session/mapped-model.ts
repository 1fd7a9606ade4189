/**
 * @file Large models by way of files. A session that is made from bytes holds the weights several times while it is
 * made: as bytes, as they were parsed, in the arrangement that its kernels want. Here one session arranges them, which
 * writes the result to a file and goes; those that compute map that file into memory, so that the weights are there
 * once, however many sessions there are. Needs Node.
 */
import { BOUNDS } from '@slowfast/core';
import type { OnnxFile } from '../export/export-onnx.js';
import type { OrtSession, OrtSessionOptions } from './ort.js';

/** Smaller models are made from bytes, which takes less time. */
export const MAPPED_FROM = 16 * 1024 * 1024;

/** A model that is arranged for this machine, in files. */
export interface MappedModel {
  readonly path: string;
  /** What sessions of it must be told. */
  readonly options: Pick<OrtSessionOptions, 'graphOptimizationLevel'>;
  /** Whether the files stay: sessions can be opened of them at any time. */
  readonly isKept: boolean;
  /** Deletes the files. Where a system allows it for files in use, they can go once the sessions are made. */
  remove(): Promise<void>;
}

const WEIGHTS = 'weights.bin';

/** Makes a session from a path. */
export type OpenFile = (path: string, options: Partial<OrtSessionOptions>) => Promise<OrtSession>;

/** More than the sizes of a split into as many frames as there can be, which ONNX Runtime reads from the file itself only. */
const LEAST_EXTERNAL = 8 * BOUNDS.frames + 1;
const ARRANGED = 'arranged.onnx';

/** Writes and arranges a model in a new folder for temporary files. */
export async function mappedModel(file: OnnxFile, open: OpenFile): Promise<MappedModel> {
  const { mkdtemp, rm } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises'
  );
  const { tmpdir } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:os');
  const { join } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:path');
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-model-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await arrange(file, folder, open);
    return { ...arranged(folder), isKept: false, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The model that {@link arrange} left in a folder that stays. */
export const arranged = (folder: string): MappedModel => ({
  path: `${folder}/${ARRANGED}`,
  options: { graphOptimizationLevel: 'disabled' },
  isKept: true,
  remove: async () => undefined,
});

/** Has a session arrange a model, or one of a file, for this machine into a folder. */
export async function arrange(
  file: OnnxFile | string,
  folder: string,
  open: OpenFile,
): Promise<void> {
  if (typeof file === 'string') return arrangeFile(file, folder, open);
  const { rm } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises');
  const { join } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:path');
  const [graph, weights] = [join(folder, 'graph.onnx'), join(folder, WEIGHTS)];
  await writeApart(file, graph, weights);
  await arrangeFile(graph, folder, open);
  await Promise.all([rm(graph), rm(weights)]);
}

async function arrangeFile(graph: string, folder: string, open: OpenFile): Promise<void> {
  const { join } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:path');
  const arranging = await open(graph, {
    optimizedModelFilePath: join(folder, ARRANGED),
    // It warns that the file is for this machine.
    logSeverityLevel: 3,
    extra: {
      session: {
        optimized_model_external_initializers_file_name: 'arranged.bin',
        optimized_model_external_initializers_min_size_in_bytes: `${LEAST_EXTERNAL}`,
      },
    },
  });
  await arranging.release();
}

async function writeApart(file: OnnxFile, graph: string, weights: string): Promise<void> {
  const { open, writeFile } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises'
  );
  const { structure, chunks } = file.apart(WEIGHTS);
  await writeFile(graph, structure);
  const handle = await open(weights, 'wx');
  try {
    for await (const chunk of chunks()) await handle.writeFile(chunk);
  } finally {
    await handle.close();
  }
}
