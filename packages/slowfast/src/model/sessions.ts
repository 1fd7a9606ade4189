/** @file How many runs of a model go on at once, and with how many threads each. */
import { isNode, SpecError } from '@slowfast/core';
import type { OnnxBackendChoice, OnnxProvider, OnnxSessionOptions } from '@slowfast/runtime-onnx';

/** More sessions than this take memory for little: views of a network are hundreds of megabytes while they run. */
const MOST_SESSIONS = 4;

/** What the number of sessions depends on. */
export interface SessionChoice {
  readonly providers?: readonly OnnxProvider[];
  readonly backend?: OnnxBackendChoice;
  /** Threads altogether; default: all cores. */
  readonly threads?: number;
  /** Runs at once, each with its share of the threads; default: as the processor and the work have it. */
  readonly sessions?: number;
}

/**
 * Sessions and the threads of each. On a processor all cores do more with a run each than together in one; with less
 * than two runs for each session one run at a time is done sooner. Throws {@link SpecError} for no session.
 */
export function sessionsFor(
  { providers = ['cpu'], backend, threads, sessions }: SessionChoice,
  runs: number,
  cores: number,
): Pick<OnnxSessionOptions, 'sessions' | 'threads'> {
  if (sessions !== undefined && !(sessions >= 1)) {
    throw new SpecError({ site: 'sessions', expected: 'at least 1', received: `${sessions}` });
  }
  // A page has onnxruntime-web alone, which computes in one thread of JavaScript.
  const isNative = isNode() && backend !== 'web' && providers.every((name) => name === 'cpu');
  const all = threads ?? cores;
  const fitting = Math.min(MOST_SESSIONS, all);
  const count = sessions ?? (isNative && runs >= 2 * fitting ? fitting : 1);
  if (count === 1) return threads === undefined ? {} : { threads };
  return { sessions: count, threads: Math.max(1, Math.floor(all / count)) };
}

/** The cores of this machine. */
export async function coreCount(): Promise<number> {
  // A browser says it by the same name as Node from 21 on.
  const { navigator } = globalThis as { navigator?: { readonly hardwareConcurrency?: number } };
  return (
    navigator?.hardwareConcurrency ??
    (await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:os')).availableParallelism()
  );
}
