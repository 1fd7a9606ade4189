import { onnxRuntime, type OnnxOptions } from '@slowfast/runtime-onnx';
import {
  disagreement,
  isEveryday,
  isSmall,
  referenceNetworks,
  type ReferenceNetwork,
} from './reference-network.js';

interface OnnxRun {
  readonly file: string;
  readonly lowering: NonNullable<OnnxOptions['lowering']>;
  readonly network: ReferenceNetwork;
  readonly everyday: boolean;
}

/** Full-size networks that are also run as they stand, on five axes; all are run as processors are fast with. */
const PLAIN = ['pyslowfast_i3d_nln_8x8_r50_224', 'pyslowfast_slowfast_4x16_r50_224'];

export const ONNX_RUNS: readonly OnnxRun[] = referenceNetworks().flatMap((network) => {
  const { file } = network;
  const lowered = { file, lowering: 'auto', network, everyday: isEveryday(network) } as const;
  const plain = { file, lowering: 'none', network, everyday: isSmall(network) } as const;
  return isSmall(network) || PLAIN.includes(file) ? [lowered, plain] : [lowered];
});

export const onnxDisagreement = ({ network, lowering }: OnnxRun) =>
  disagreement(network, (model, weights) => onnxRuntime({ lowering }).compile(model, weights));
