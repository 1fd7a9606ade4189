/** @file Mistakes that the compiler finds. This file is type-checked, never run. */
import type { LateralConnection } from '@slowfast/core';
import { timeStridedConv } from './time-strided-conv.js';
import { timeStridedSample } from './time-strided-sample.js';
import { timeToChannel } from './time-to-channel.js';

timeStridedConv({ kernel: 7, norm: false, activation: 'identity' }) satisfies LateralConnection;

// @ts-expect-error -- α is no setting: it is read from the values
timeStridedConv({ alpha: 8 });
// @ts-expect-error -- there is no activation of this name
timeStridedConv({ activation: 'prelu' });
// @ts-expect-error -- sampling has no settings
timeStridedSample({ stride: 8 });
// @ts-expect-error -- how it merges is the lateral's
timeToChannel({ merge: 'sum' });
