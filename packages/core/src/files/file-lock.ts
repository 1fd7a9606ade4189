/**
 * @file A lock between processes, as a file that says who holds it. It outlives no process: one whose holder is gone
 * is taken over. Loads Node's API when it is called, as its neighbours do.
 */
import { SpecError } from '../errors.js';

/** A lock that is held. */
export interface FileLock {
  /** Gives it back. */
  release(): Promise<void>;
}

/** Who holds a lock. */
interface Holder {
  readonly host: string;
  readonly pid: number;
  /** When the process began, where the system tells: numbers of processes are used again. */
  readonly began: string | null;
  readonly token: string;
}

/** Options of {@link fileLock}. */
export interface FileLockOptions {
  /** Milliseconds to wait for another holder; default 0, `Infinity` for as long as it takes. */
  readonly wait?: number;
  readonly signal?: AbortSignal;
}

/** Milliseconds between signs of life, which holders on other machines go by, and after which there is none. */
const BEAT = 10_000;
const LIFELESS = 6 * BEAT;
/** Milliseconds between looks at a lock that is waited for. */
const LOOK = 100;

/**
 * Takes the lock at `path`, a file that is made and deleted. Rejects with {@link SpecError} where another process
 * holds it (naming it) and does not give it back in time, and with the signal's reason.
 */
export async function fileLock(
  path: string,
  { wait = 0, signal }: FileLockOptions = {},
): Promise<FileLock> {
  const { writeFile, rm, utimes } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises'
  );
  const own = await ownHolder();
  const until = Date.now() + wait;
  for (;;) {
    signal?.throwIfAborted();
    const isOurs = await writeFile(path, JSON.stringify(own), { flag: 'wx' }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw notWritable(path, error);
      },
    );
    if (isOurs) break;
    const holder = await holderOf(path);
    if (holder === 'gone') continue;
    if (!(await isAlive(path, holder))) {
      await removeStale(path, holder);
    } else if (Date.now() >= until) {
      throw lockError(path, holder);
    } else {
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }
  const beat = setInterval(() => {
    const now = new Date();
    void utimes(path, now, now).catch(() => undefined);
  }, BEAT);
  beat.unref();
  return {
    release: async () => {
      clearInterval(beat);
      const holder = await holderOf(path);
      if (holder !== 'gone' && holder?.token === own.token) await rm(path, { force: true });
    },
  };
}

async function ownHolder(): Promise<Holder> {
  const [{ hostname }, { pid }] = await Promise.all([
    import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:os'),
    import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:process'),
  ]);
  const token = globalThis.crypto.randomUUID();
  return { host: hostname(), pid, began: await beginningOf(pid), token };
}

/** The holder that a lock names; nothing for a file that is none (its writer may be at it). */
async function holderOf(path: string): Promise<Holder | undefined | 'gone'> {
  const { readFile } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises'
  );
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw notWritable(path, error);
  });
  if (text === undefined) return 'gone';
  try {
    const { host, pid, began = null, token } = JSON.parse(text) as Partial<Holder>;
    if (typeof host === 'string' && Number.isSafeInteger(pid) && typeof token === 'string') {
      return { host, pid: pid!, began, token };
    }
  } catch {
    // Reported as no holder.
  }
  return undefined;
}

async function isAlive(path: string, holder: Holder | undefined): Promise<boolean> {
  const [{ stat }, { hostname }, { kill }] = await Promise.all([
    import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises'),
    import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:os'),
    import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:process'),
  ]);
  const age = async (): Promise<number> =>
    Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
  // Written in one call, so that half a lock is that of a process which died in it, or is at it.
  if (!holder) return (await age()) < LOOK * 10;
  if (holder.host !== hostname()) return (await age()) < LIFELESS;
  try {
    kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const began = await beginningOf(holder.pid);
  return holder.began === null || began === null || began === holder.began;
}

/** When a process began, in the system's own count; null where it does not tell. */
async function beginningOf(pid: number): Promise<string | null> {
  const { readFile } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises'
  );
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is a name in parentheses, which may hold anything; the 22nd is the time.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

/** Moves a stale lock away, and back where it turns out to be another's new one. */
async function removeStale(path: string, stale: Holder | undefined): Promise<void> {
  const { link, rename, rm } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises'
  );
  const moved = `${path}.${globalThis.crypto.randomUUID().slice(0, 8)}`;
  const isMoved = await rename(path, moved).then(
    () => true,
    () => false,
  );
  if (!isMoved) return;
  const holder = await holderOf(moved);
  if (holder !== 'gone' && holder?.token !== stale?.token)
    await link(moved, path).catch(() => undefined);
  await rm(moved, { force: true });
}

const lockError = (path: string, holder: Holder | undefined): SpecError =>
  new SpecError({
    site: path,
    expected: 'a lock that is free',
    received: holder ? `one of process ${holder.pid} on ${holder.host}` : 'one of another process',
    remedy: 'Wait for it to end, or choose another folder',
  });

const notWritable = (path: string, cause: Error): SpecError =>
  new SpecError({ site: path, expected: 'a place for a lock', received: cause.message, cause });
