/** @file `slowfast doctor`: what is here, what is missing, and what to do about it. */
import type { Request } from './declaration.js';
import { cacheEntries } from './cache.js';
import { askProbe } from './doctor/ask-probe.js';
import { cacheFolder, isOffline } from '../published/cache-folder.js';
import {
  isUsable,
  reportOf,
  reportText,
  type Probes,
  type WeightsStatus,
} from './doctor/report.js';
import { EXIT } from './usage-error.js';

interface DoctorFlags {
  readonly timeout: number;
  readonly json?: boolean;
}

/** Reports what works. One probe after the other: GPUs do not like to be opened twice at once. */
export async function doctor({ flags, terminal }: Request<DoctorFlags>): Promise<number> {
  const { timeout, json } = flags;
  const ask = <K extends keyof Probes>(subject: K): Promise<Probes[K]> =>
    askProbe(subject, timeout, terminal.signal) as Promise<Probes[K]>;
  const probes = {
    onnx: await ask('onnx'),
    tfjs: await ask('tfjs'),
    decoders: await ask('decoders'),
  };
  const report = reportOf(probes, await weightsStatus());
  terminal.out(json ? `${JSON.stringify(report)}\n` : reportText(report));
  return isUsable(report) ? EXIT.success : EXIT.failure;
}

async function weightsStatus(): Promise<WeightsStatus> {
  const entries = await cacheEntries();
  return {
    cache: cacheFolder(),
    entries: entries.length,
    bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
    mirror: process.env['SLOWFAST_MIRROR'] ?? null,
    isOffline: isOffline(),
  };
}
