import { tfjsRuntime, type TfjsBackendName } from '@slowfast/runtime-tfjs';
import {
  disagreement,
  isEveryday,
  isSmall,
  referenceNetworks,
  type ReferenceNetwork,
} from './reference-network.js';

/** WebAssembly, or what SLOWFAST_TFJS_BACKENDS names. */
export const BACKENDS = (process.env['SLOWFAST_TFJS_BACKENDS']?.split(',') ?? [
  'wasm',
]) as TfjsBackendName[];

/** The others at full size differ in sizes alone, and are run on ONNX Runtime. */
const FULL_SIZE = [
  'pyslowfast_slowfast_4x16_r50_224',
  'pyslowfast_slowfast_4x16_r50_256',
  'pyslowfast_slow_nln_softmax_4x16_r50_224',
  'pyslowfast_i3d_8x8_r50_224',
  'pyslowfast_ava_slowfast_32x2_r50_224',
  'pytorchvideo_slowfast_r50_detection_224',
];

interface TfjsRun {
  readonly file: string;
  readonly backend: TfjsBackendName;
  readonly network: ReferenceNetwork;
  readonly everyday: boolean;
}

export const TFJS_RUNS: readonly TfjsRun[] = referenceNetworks()
  .filter((network) => isSmall(network) || FULL_SIZE.includes(network.file))
  .flatMap((network) =>
    BACKENDS.map((backend) => {
      return { file: network.file, backend, network, everyday: isEveryday(network) };
    }),
  );

export const tfjsDisagreement = ({ network, backend }: TfjsRun) =>
  disagreement(network, (model, weights) => tfjsRuntime({ backend }).compile(model, weights));
