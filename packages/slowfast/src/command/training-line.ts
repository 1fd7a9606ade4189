/** @file What a person sees of a run: one line that is redrawn, one line an epoch where nobody watches. */
import type { TrainingProgress } from '@slowfast/training';
import type { Terminal } from './terminal.js';

const REDRAW_MS = 200;

/** The line of a moment: loss, accuracy, rate, pace, time left and where the time goes. */
export function progressText(progress: TrainingProgress): string {
  const { step, steps, epoch, epochs, loss, accuracy, learningRate } = progress;
  return [
    `epoch ${epoch.toFixed(1)}/${epochs}`,
    `step ${step}/${steps}`,
    `loss ${loss.toFixed(4)}`,
    `acc ${(100 * accuracy).toFixed(1)} %`,
    `lr ${learningRate.toPrecision(3)}`,
    `${progress.clipsPerSecond.toFixed(1)} clips/s`,
    `data ${Math.round(100 * progress.waiting)} %`,
    `${clock(progress.left)} left`,
  ].join('  ');
}

/** Shows progress on a terminal; `end` removes the line. */
export function trainingLine(terminal: Terminal): {
  update(progress: TrainingProgress): void;
  end(): void;
} {
  let drawnAt = 0;
  let [isDrawn, epochShown] = [false, 0];
  return {
    update(progress) {
      if (terminal.interactive) {
        if (Date.now() - drawnAt < REDRAW_MS) return;
        drawnAt = Date.now();
        isDrawn = true;
        terminal.err(`\r\u001b[K${progressText(progress)}`);
      } else if (Math.floor(progress.epoch) > epochShown) {
        epochShown = Math.floor(progress.epoch);
        terminal.err(`${progressText(progress)}\n`);
      }
    },
    end() {
      if (isDrawn) terminal.err('\r\u001b[K');
      isDrawn = false;
    },
  };
}

function clock(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}
