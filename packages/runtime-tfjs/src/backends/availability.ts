/** @file What of TF.js works here, for `slowfast doctor`. */
import { firstLine } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { TFJS_BACKENDS, type TfjsBackendName } from './names.js';
import { openTfjsBackend } from './open-backend.js';
import { importPackage, type ImportPackage } from './import-package.js';

/** One backend and whether it works here. */
export interface TfjsBackendStatus {
  readonly backend: TfjsBackendName;
  readonly available: boolean;
  /** The version of TF.js. */
  readonly version: string;
  /** Why it cannot be used. */
  readonly reason?: string;
}

/** Starts each backend and computes a product on it; the current one stays current. Never rejects. */
export async function availableTfjsBackends(
  load: ImportPackage = importPackage,
): Promise<readonly TfjsBackendStatus[]> {
  const before = tf.getBackend();
  const statuses: TfjsBackendStatus[] = [];
  for (const backend of TFJS_BACKENDS) {
    const version = tf.version['tfjs-core'];
    statuses.push({ backend, version, ...(await tried(backend, load)) });
  }
  if (before && before !== tf.getBackend()) await tf.setBackend(before);
  return statuses;
}

async function tried(
  backend: TfjsBackendName,
  load: ImportPackage,
): Promise<Pick<TfjsBackendStatus, 'available' | 'reason'>> {
  try {
    await openTfjsBackend({ backend }, load);
    return { available: true };
  } catch (error) {
    // The text of ours names the backend and the remedy; the reason alone is its cause.
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return { available: false, reason: firstLine(cause) };
  }
}
