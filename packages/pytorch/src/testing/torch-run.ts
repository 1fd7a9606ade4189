/** @file Networks computed by PyTorch from their exported programs. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostTensor, WeightStore } from '@slowfast/core';
import { torchCheckpoint } from '../archive/checkpoint.js';
import { pytorchModel, type NamedGraph } from '../network/model-file.js';
import { runPython } from './python.js';

/** A network to compute. */
export interface TorchJob {
  readonly model: NamedGraph;
  readonly weights: WeightStore;
  /** By the names of the graph's inputs. */
  readonly feeds: Readonly<Record<string, HostTensor>>;
  /** Targets of a cross-entropy whose gradients are wanted. */
  readonly targets?: HostTensor;
}

/** What PyTorch computed. */
export interface TorchResult {
  /** Of the network's only output, in evaluation mode. */
  readonly output: Float32Array;
  /** The checkpoint that `torch.save` wrote of the network. */
  readonly saved: Uint8Array<ArrayBuffer>;
  readonly loss?: number;
  /** By parameter. */
  readonly gradients?: ReadonlyMap<string, Float32Array>;
}

/** Computes networks in one Python process. */
export async function runInTorch(
  python: string,
  jobs: readonly TorchJob[],
): Promise<TorchResult[]> {
  const work = await mkdtemp(join(tmpdir(), 'slowfast-torch-'));
  try {
    const folders = await Promise.all(jobs.map((job) => written(job, work)));
    await runPython(python, [fileURLToPath(new URL('compare.py', SOURCE)), ...folders]);
    return await Promise.all(jobs.map((job, i) => resultOf(job, folders[i]!)));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The program lies beside the sources, not what is compiled of them. */
const SOURCE = new URL(import.meta.url.replace('/dist/testing/', '/src/testing/'));

async function written(
  { model, weights, feeds, targets }: TorchJob,
  work: string,
): Promise<string> {
  const folder = await mkdtemp(join(work, 'network-'));
  const inputs = Object.keys(model.graph.inputs).map((name) => feeds[name]!);
  const job = { feeds: inputs.map(({ shape }) => shape), gradients: targets !== undefined };
  const checkpoint: Uint8Array[] = [];
  for await (const chunk of torchCheckpoint(weights)) checkpoint.push(chunk);
  await writeFile(join(folder, 'model.py'), pytorchModel(model));
  await writeFile(join(folder, 'weights.pth'), Buffer.concat(checkpoint));
  await writeFile(join(folder, 'job.json'), JSON.stringify(job));
  for (const [i, { data }] of inputs.entries()) await writeFile(join(folder, `feed${i}`), data);
  if (targets) await writeFile(join(folder, 'targets'), targets.data);
  return folder;
}

async function resultOf({ model, targets }: TorchJob, folder: string): Promise<TorchResult> {
  const floats = async (name: string): Promise<Float32Array> => {
    const { buffer, byteOffset, byteLength } = await readFile(join(folder, name));
    return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
  };
  const result = {
    output: await floats('output'),
    saved: new Uint8Array(await readFile(join(folder, 'saved.pth'))),
  };
  if (!targets) return result;
  const gradients = new Map<string, Float32Array>();
  for (const { name, role } of model.graph.params.values()) {
    if (!role.startsWith('running')) gradients.set(name, await floats(`gradient.${name}`));
  }
  return { ...result, loss: (await floats('loss'))[0]!, gradients };
}
