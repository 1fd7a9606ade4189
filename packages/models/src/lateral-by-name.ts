/** @file Lateral connections by the paper's names (Table 5a). */
import { SpecError, type LateralConnection } from '@slowfast/core';
import {
  spatialUpsample,
  timeStridedConv,
  timeStridedSample,
  timeToChannel,
} from '@slowfast/fusion';
import { FAST_INPUTS, type FastInput } from './fast-input.js';
import type { SlowFastNetworkOptions } from './networks.js';

/** Lateral connections by the paper's names (Table 5a). */
export type LateralName = 't-conv' | 't-sample' | 'ttoc-concat' | 'ttoc-sum' | 'none';

/** Options of {@link lateralByName}. */
export interface LateralByNameOptions {
  /** Kernel of the convolution, in frames. */
  readonly kernel: number;
  /** Batch norm and ReLU after the convolution; default true. */
  readonly norm?: boolean;
  /** What Fast sees: of a smaller picture, features are enlarged on their way. */
  readonly fastInput: FastInput;
}

/** The lateral connection of a name; undefined for none. Throws {@link SpecError} for another name. */
export function lateralByName(
  name: LateralName,
  { kernel, norm = true, fastInput }: LateralByNameOptions,
): SlowFastNetworkOptions['lateral'] {
  const { isSmaller } = FAST_INPUTS[fastInput];
  const joined = (via: LateralConnection, merge: 'concat' | 'sum' = 'concat') =>
    ({ via: isSmaller ? spatialUpsample(via) : via, merge }) as const;
  switch (name) {
    case 't-conv':
      return joined(timeStridedConv({ kernel, norm, activation: norm ? 'relu' : 'identity' }));
    case 't-sample':
      return joined(timeStridedSample());
    case 'ttoc-concat':
      return joined(timeToChannel());
    case 'ttoc-sum':
      return joined(timeToChannel(), 'sum');
    case 'none':
      return undefined;
    default:
      throw new SpecError({
        site: 'catalogModel.lateral',
        expected: 'one of t-conv, t-sample, ttoc-concat, ttoc-sum, none',
        received: `'${String(name)}'`,
      });
  }
}
