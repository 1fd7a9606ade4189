/** @file What an evaluation says to a person and to a program at its end. */
import type { Metrics } from '../evaluate/metrics.js';
import { textTable } from './table.js';

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** A table of the classes, then a line with the totals. */
export function metricsText(
  metrics: Metrics | undefined,
  labels: readonly string[] | undefined,
  broken: number,
): string {
  const rest = broken === 0 ? '' : `; ${broken} broken, not counted`;
  if (!metrics) return `nothing was scored${rest}\n`;
  const name = (index: number): string => labels?.[index] ?? `class ${index}`;
  if ('mAP' in metrics) {
    const rows = metrics.averagePrecision.flatMap((value, index) =>
      value === null ? [] : [[name(index), percent(value)]],
    );
    const table = textTable(['class', 'AP'], rows, new Set(['AP']));
    return `${table}\n${metrics.videos} videos, mAP ${percent(metrics.mAP)}${rest}\n`;
  }
  const { perClass, confusion, videos, top1, top5 } = metrics;
  const rows = perClass.flatMap((entry, index) =>
    entry.top1 === null
      ? []
      : [
          [
            name(index),
            String(entry.videos),
            percent(entry.top1),
            takenFor(confusion, index, name),
          ],
        ],
  );
  const header = ['class', 'videos', 'top-1', 'mostly taken for'];
  const table = textTable(header, rows, new Set(['videos', 'top-1']));
  return `${table}\n${videos} videos, top-1 ${percent(top1)}, top-5 ${percent(top5)}${rest}\n`;
}

/** The class that a class was mistaken for most often, with the count. */
function takenFor(
  confusion: readonly (readonly number[])[],
  label: number,
  name: (index: number) => string,
): string {
  const wrong = confusion[label]!.map((count, index) => (index === label ? 0 : count));
  const most = Math.max(...wrong);
  return most === 0 ? '' : `${name(wrong.indexOf(most))} (${most})`;
}
