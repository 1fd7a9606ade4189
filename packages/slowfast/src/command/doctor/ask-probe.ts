/** @file Asks a process of its own what works here. */
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** What a probe found, or why it found nothing. */
export type ProbeResult<T> = { readonly found: T } | { readonly failure: string };

/** Runs `probe.ts` on a subject; resolves within the time limit, whatever happens there. */
export async function askProbe<T>(
  subject: 'onnx' | 'tfjs' | 'decoders',
  seconds: number,
  signal: AbortSignal,
): Promise<ProbeResult<T>> {
  const probe = fork(new URL('./probe.js', import.meta.url), [subject], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  let noise = '';
  probe.stderr!.setEncoding('utf8').on('data', (text: string) => {
    noise = (noise + text).slice(-4096);
  });
  const timer = setTimeout(() => probe.kill('SIGKILL'), seconds * 1000);
  const startedAt = Date.now();
  const kill = (): void => void probe.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  let answer: { value: T } | undefined;
  probe.once('message', (value) => (answer = { value: value as T }));
  try {
    const [code, ended] = (await once(probe, 'close')) as [number | null, string | null];
    signal.throwIfAborted();
    if (answer) return { found: answer.value };
    if (Date.now() - startedAt >= seconds * 1000) return { failure: `no answer in ${seconds} s` };
    const last = noise.trim().split('\n').at(-1) ?? '';
    return {
      failure: `its process ended (${ended ?? `exit code ${code}`})${last ? `: ${last}` : ''}`,
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  }
}
