/** @file What a person sees of a run: one line that is redrawn, one line an epoch where nobody watches. */
import type { TrainingProgress } from '@slowfast/training';
import { clock, statusLine } from './progress.js';
import type { Terminal } from './terminal.js';

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

/** Shows progress on a terminal; `end` removes the line, after which another run may begin. */
export function trainingLine(terminal: Terminal): {
  update(progress: TrainingProgress): void;
  end(): void;
} {
  const line = statusLine(terminal);
  let epochs = 0;
  return {
    update(progress) {
      line.draw(() => [progressText(progress)]);
      if (terminal.interactive || Math.floor(progress.epoch) <= epochs) return;
      epochs = Math.floor(progress.epoch);
      terminal.err(`${progressText(progress)}\n`);
    },
    end() {
      epochs = 0;
      line.end();
    },
  };
}
