/** @file `slowfast doctor`: what is here, what is missing, and what to do about it. */
import type { Request } from './declaration.js';
import { askProbe } from './doctor/ask-probe.js';
import { isUsable, reportOf, reportText, type Probes } from './doctor/report.js';
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
  const report = reportOf({
    onnx: await ask('onnx'),
    tfjs: await ask('tfjs'),
    decoders: await ask('decoders'),
  });
  terminal.out(json ? `${JSON.stringify(report)}\n` : reportText(report));
  return isUsable(report) ? EXIT.success : EXIT.failure;
}
