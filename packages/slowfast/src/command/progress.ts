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

/** A progress line that appears after two seconds: `label  12/30 40 %  0:08 left`. */
export function progressLine(terminal: Terminal, label: string): Progress {
  const line = statusLine(terminal);
  return {
    update: (done, total) => line.draw(() => [label, ...counts(done, total, line.elapsed())]),
    end: () => line.end(),
  };
}

/** Progress of many files. */
export interface FilesProgress {
  /** Begins a file; several may go on at once. */
  begin(name: string): Progress;
  /** Removes the line. */
  end(): void;
}

/**
 * One line for all files, with those that go on: `3/20 files 17 %  1:10 left  a.mp4 40 %, b.mp4 10 %`. A file that ends
 * counts as done, however far it came.
 */
export function filesProgress(terminal: Terminal, files: number): FilesProgress {
  const line = statusLine(terminal);
  const parts = new Map<object, { name: string; done: number; total: number }>();
  let ended = 0;
  const part = ({ done, total }: { done: number; total: number }): number =>
    total > 0 ? done / total : 0;
  const draw = (): void =>
    line.draw(() => {
      const all = [...parts.values()];
      if (files === 1 && all.length === 1) {
        return [all[0]!.name, ...counts(all[0]!.done, all[0]!.total, line.elapsed())];
      }
      const done = ended + all.reduce((sum, one) => sum + part(one), 0);
      return [
        `${ended}/${files} files ${percent(done, files)}`,
        ...timeLeft(done, files, line.elapsed()),
        all.map((one) => `${one.name} ${percent(part(one), 1)}`).join(', '),
      ];
    });
  return {
    begin(name) {
      const key = {};
      parts.set(key, { name, done: 0, total: 0 });
      return {
        update(done, total) {
          parts.set(key, { name, done, total });
          draw();
        },
        end() {
          if (!parts.delete(key)) return;
          ended += 1;
          draw();
        },
      };
    },
    end: () => line.end(),
  };
}

/** The status line of a terminal, which appears after a while and is not redrawn too often. */
export function statusLine(terminal: Terminal, { quietMs = QUIET_MS, redrawMs = REDRAW_MS } = {}) {
  const startedAt = Date.now();
  let drawnAt = -Infinity;
  const elapsed = (): number => Date.now() - startedAt;
  return {
    /** Milliseconds since it was made. */
    elapsed,
    /** Draws the parts, where it is time to. */
    draw(parts: () => readonly string[]): void {
      if (!terminal.interactive || elapsed() <= quietMs || Date.now() - drawnAt <= redrawMs) return;
      drawnAt = Date.now();
      terminal.status?.(parts().join('  '));
    },
    /** Removes it. */
    end(): void {
      if (drawnAt > 0) terminal.status?.('');
      drawnAt = -Infinity;
    },
  };
}

const counts = (done: number, total: number, elapsed: number): readonly string[] =>
  total > 0
    ? [`${done}/${total} ${percent(done, total)}`, ...timeLeft(done, total, elapsed)]
    : [`${done}`];

const percent = (done: number, total: number): string => `${Math.floor((100 * done) / total)} %`;

const timeLeft = (done: number, total: number, elapsed: number): readonly string[] =>
  done > 0 ? [`${clock((elapsed / done) * (total - done))} left`] : [];

/** `1:05` or `2:00:09`. */
export function clock(milliseconds: number): string {
  const all = Math.round(milliseconds / 1000);
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
