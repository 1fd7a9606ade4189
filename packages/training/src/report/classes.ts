/** @file What a report says of each class: its share of right answers, and what it was taken for. */
import type { Evaluation } from '../train-options.js';
import { escaped } from './chart.js';

/** More classes than this make no matrix that can be read. */
const MATRIX_CLASSES = 40;
const PAIRS = 30;

/** The confusion matrix; of many classes the pairs that were confused most. */
export function confusionSection(
  confusion: readonly (readonly number[])[],
  labels: readonly string[],
): string {
  const name = (i: number): string => escaped(labels[i] ?? `${i}`);
  if (confusion.length > MATRIX_CLASSES) return pairsTable(confusion, name);
  const head = confusion.map((_, i) => `<th>${name(i)}</th>`).join('');
  const rows = confusion.map((row, i) => {
    const all = sum(row);
    const cells = row.map((count, k) => cell(count, all > 0 ? count / all : 0, i === k));
    return `<tr><th>${name(i)}</th>${cells.join('')}<td class="sum">${all}</td></tr>`;
  });
  return (
    '<h2>Confusion matrix</h2><p>Rows: the true class; columns: the class with the highest score.</p>' +
    `<div class="scroll"><table class="matrix"><thead><tr><th></th>${head}<th>videos</th></tr></thead>` +
    `<tbody>${rows.join('')}</tbody></table></div>`
  );
}

function cell(count: number, share: number, isRight: boolean): string {
  const colour = isRight ? '31,95,168' : '194,65,12';
  const ink = share > 0.5 ? '#fff' : count > 0 ? '#1c1f23' : '#b5bac2';
  const background = count > 0 ? (0.12 + 0.88 * share).toFixed(2) : '0.03';
  return `<td style="background:rgba(${colour},${background});color:${ink}">${count}</td>`;
}

function pairsTable(
  confusion: readonly (readonly number[])[],
  name: (i: number) => string,
): string {
  const pairs = confusion.flatMap((row, i) =>
    row.flatMap((count, k) => (i !== k && count > 0 ? [{ i, k, count, all: sum(row) }] : [])),
  );
  pairs.sort((a, b) => b.count - a.count);
  const rows = pairs
    .slice(0, PAIRS)
    .map(
      ({ i, k, count, all }) =>
        `<tr><th>${name(i)}</th><th>${name(k)}</th><td>${count} of ${all}</td></tr>`,
    );
  return (
    '<h2>Classes confused most</h2><table><thead><tr><th>class</th><th>taken for</th><th>videos</th></tr></thead>' +
    `<tbody>${rows.join('')}</tbody></table>`
  );
}

/** A bar for each class: the share of its videos that were right, or its average precision. */
export function classBars(
  { confusion, averagePrecision }: Evaluation,
  labels: readonly string[],
): string {
  const shares =
    averagePrecision ?? confusion?.map((row, i) => (sum(row) > 0 ? row[i]! / sum(row) : null));
  if (!shares) return '';
  const rows = shares.map((share, i) => {
    const width = `width:${(100 * (share ?? 0)).toFixed(1)}%`;
    const text = share === null ? 'no video' : `${(100 * share).toFixed(1)} %`;
    return `<tr><th>${escaped(labels[i] ?? `${i}`)}</th><td class="bar"><i style="${width}"></i></td><td>${text}</td></tr>`;
  });
  const title = averagePrecision ? 'Average precision of each class' : 'Accuracy of each class';
  return `<h2>${title}</h2><div class="scroll"><table>${rows.join('')}</table></div>`;
}

const sum = (row: readonly number[]): number => row.reduce((total, count) => total + count, 0);
