/** @file How many threads can run at once here: processors, and a container's share of them. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** What this process may use. */
export interface Processors {
  /** Threads that are of use: the quota, rounded up, or the cores. */
  readonly count: number;
  /** Cores on which this process may run. */
  readonly cores: number;
  /** Cores' worth of time that its container may take; `undefined` without such a limit. */
  readonly quota: number | undefined;
}

type ReadText = (path: string) => string | undefined;

/** The processors of this process; `read` gives the files of the system. */
export function processors(
  read: ReadText = systemFile,
  cores: number = availableParallelism(),
): Processors {
  const quotas = [...unifiedQuotas(read), ...separateQuotas(read)];
  const quota = quotas.length > 0 ? Math.min(...quotas) : undefined;
  return { cores, quota, count: Math.max(1, Math.min(cores, Math.ceil(quota ?? cores))) };
}

const GROUPS = '/sys/fs/cgroup';

/** Folders of the group that `own` finds in this process' groups, and of those above it. */
function groupFolders(read: ReadText, root: string, own: RegExp): readonly string[] {
  const path = own.exec(read('/proc/self/cgroup') ?? '')?.[1] ?? '/';
  const names = path.split('/').filter((name) => name !== '' && name !== '..');
  return [...names.keys(), names.length].map((depth) => join(root, ...names.slice(0, depth)));
}

/** Control groups of version 2: `max 100000` without a limit. */
const unifiedQuotas = (read: ReadText): readonly number[] =>
  groupFolders(read, GROUPS, /^0::(\/\S*)$/m).flatMap((folder) => {
    const [time, period] = (read(join(folder, 'cpu.max')) ?? '').trim().split(' ').map(Number);
    return time! > 0 && period! > 0 ? [time! / period!] : [];
  });

/** Version 1; -1 without a limit. */
const separateQuotas = (read: ReadText): readonly number[] =>
  groupFolders(read, join(GROUPS, 'cpu'), /^\d+:(?:cpu|cpu,\S*|\S*,cpu):(\/\S*)$/m).flatMap(
    (folder) => {
      const time = Number(read(join(folder, 'cpu.cfs_quota_us')));
      const period = Number(read(join(folder, 'cpu.cfs_period_us')));
      return time > 0 && period > 0 ? [time / period] : [];
    },
  );

function systemFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Threads to compute with: as many as are asked for, but no more than can run at once, since each of those waits for
 * another (64 threads on two cores take six times as long as two). `undefined` leaves the choice to the runtime.
 */
export function usefulThreads(
  threads: number | undefined,
  onWarning: (text: string) => void,
  { count, cores, quota }: Processors = processors(),
): number | undefined {
  if (threads === undefined) return count < cores ? count : undefined;
  if (threads <= count) return threads;
  const limit =
    quota !== undefined && quota < cores ? ` of ${cores} that the container may use` : '';
  onWarning(`${threads} threads: ${count} processors${limit}, so that ${count} are taken`);
  return count;
}
