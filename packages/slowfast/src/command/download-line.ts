/** @file The line that says how far a download is. */
import { progressLine, type Progress } from './progress.js';
import type { Terminal } from './terminal.js';

const MIB = 2 ** 20;

/** What a download calls with bytes done and in all: draws `fetching NAME, MiB  12/130 9 %`, until all are there. */
export function downloadLine(
  terminal: Terminal,
): (done: number, total: number, name: string) => void {
  const lines = new Map<string, Progress>();
  return (done, total, name) => {
    let line = lines.get(name);
    if (!line) lines.set(name, (line = progressLine(terminal, `fetching ${name}, MiB`)));
    if (total > 0 && done >= total) {
      line.end();
      lines.delete(name);
    } else {
      line.update(Math.floor(done / MIB), Math.ceil(total / MIB));
    }
  };
}
