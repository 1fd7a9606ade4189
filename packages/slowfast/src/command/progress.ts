/** @file A line on stderr that says how far a long command is; silent where nobody watches. */
import type { Terminal } from './terminal.js';

const QUIET_MS = 2000;
const REDRAW_MS = 100;

/** Progress of one piece of work. */
export interface Progress {
  /** Says that `done` of `total` are done (total 0: not known). */
  update(done: number, total: number): void;
  /** Removes the line. */
  end(): void;
}

/** A progress line that appears after two seconds: `label 12/30 40 % 0:08 left`. */
export function progressLine(terminal: Terminal, label: string): Progress {
  const startedAt = Date.now();
  let drawnAt = 0;
  return {
    update(done, total) {
      const now = Date.now();
      const due = now - startedAt > QUIET_MS && now - drawnAt > REDRAW_MS;
      if (!terminal.interactive || !due) return;
      drawnAt = now;
      const left = total > 0 && done > 0 ? ((now - startedAt) / done) * (total - done) : undefined;
      const parts = [
        label,
        total > 0 ? `${done}/${total} ${Math.floor((100 * done) / total)} %` : `${done}`,
        ...(left === undefined ? [] : [`${clock(left)} left`]),
      ];
      terminal.err(`\r\u001b[K${parts.join('  ')}`);
    },
    end() {
      if (drawnAt > 0) terminal.err('\r\u001b[K');
    },
  };
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
