/** @file `slowfast export --triton REPOSITORY`: a model as a folder that Triton serves. */
import { dirname, join } from 'node:path';
import type { RunnableModel, WeightStore } from '@slowfast/core';
import { tritonRepository, type OnnxExportOptions, type TritonFile } from '@slowfast/runtime-onnx';
import { defined } from '../defined.js';
import { makeFolder } from '../files/make-folder.js';
import { UsageError } from './exit.js';

/** What the options of the declaration parse to. */
export interface TritonFlags {
  readonly triton?: string;
  readonly tritonName?: string;
  readonly maxBatch?: number;
  readonly instances?: number;
  readonly device?: 'auto' | 'cpu' | 'gpu';
}

/** Throws {@link UsageError} for options of Triton without `--triton`. */
export function checkTritonFlags(flags: TritonFlags): void {
  if (flags.triton !== undefined) return;
  const { tritonName, maxBatch, instances, device } = flags;
  const own = { 'triton-name': tritonName, 'max-batch': maxBatch, instances, device };
  const extra = Object.entries(own).find(([, value]) => value !== undefined);
  if (extra) throw new UsageError(`--${extra[0]}: belongs to --triton, received without it`);
}

/** The files of a model below the repository, whose folders are there. */
export async function tritonFiles(
  network: RunnableModel,
  weights: WeightStore,
  onnx: OnnxExportOptions,
  { triton, tritonName: name, maxBatch, instances, device }: TritonFlags,
): Promise<readonly TritonFile[]> {
  const files = tritonRepository(network, weights, {
    onnx,
    ...defined({ name, maxBatch, instances, device }),
  });
  const placed = files.map(({ path, chunks }) => ({ path: join(triton!, path), chunks }));
  for (const folder of new Set(placed.map(({ path }) => dirname(path)))) {
    await makeFolder(folder, '--triton');
  }
  return placed;
}
