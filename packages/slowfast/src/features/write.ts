/** @file Features as files: NumPy's, or safetensors. */
import { float32Tensor, writeSafetensors, type HostTensor } from '@slowfast/core';
import { npyBytes, npzChunks, type NumpyArray } from '@slowfast/evaluation';
import { writeFileAtomic } from '@slowfast/core';
import type { VideoFeatures } from './extract.js';
import { laidOut, type FeatureLayout } from './layouts.js';

/** The kinds of files. */
export type FeatureFormat = 'npz' | 'npy' | 'safetensors';

/** Name of the array with start and end of each window, in seconds. */
const TIMES = 'times';

/**
 * Writes the features of a video and returns the paths. `npz` and `safetensors`: one file with an array for each
 * place and `times` (of a layout the one that it has); `npy`: one file for each of them.
 */
export async function writeFeatures(
  stem: string,
  format: FeatureFormat,
  features: VideoFeatures,
  settings: Readonly<Record<string, string | number>>,
  signal: AbortSignal,
  layout?: FeatureLayout,
): Promise<readonly string[]> {
  const times: NumpyArray = { shape: [features.windows, 2], data: features.times };
  const arrays: Record<string, NumpyArray> = layout
    ? laidOut(features, layout)
    : { ...features.arrays, [TIMES]: times };
  if (format === 'npz') {
    const path = `${stem}.npz`;
    await writeFileAtomic(
      path,
      async (sink) => {
        for (const chunk of npzChunks(arrays)) await sink.write(chunk);
      },
      signal,
    );
    return [path];
  }
  if (format === 'npy') {
    const paths: string[] = [];
    for (const [name, array] of Object.entries(arrays)) {
      const path = `${stem}.${name}.npy`;
      await writeFileAtomic(path, (sink) => sink.write(npyBytes(array)), signal);
      paths.push(path);
    }
    return paths;
  }
  const path = `${stem}.safetensors`;
  // The format has no float64 here; float32 tells a millisecond apart for four hours.
  const tensors = new Map<string, HostTensor<'float32'>>([
    ...Object.entries(features.arrays),
    [TIMES, float32Tensor(times.shape, Float32Array.from(features.times))],
  ]);
  const store = {
    names: new Set(tensors.keys()),
    shapeOf: (name: string) => tensors.get(name)!.shape,
    dtypeOf: () => 'float32' as const,
    read: async (name: string) => tensors.get(name)!,
  };
  const metadata = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, String(value)]),
  );
  await writeFileAtomic(
    path,
    (sink) => writeSafetensors(store, { sink, metadata, signal }),
    signal,
  );
  return [path];
}
