/** @file What models say of one video as a table: a row a class, a column a model. */
import { useTexts } from '../settings.js';
import { bestOf } from '../try/score-list.js';
import type { VideoAnswer } from './mean-scores.js';

interface Column {
  readonly title: string;
  readonly answer: VideoAnswer;
}

/** Classes that are among the best of any model, by the mean of those that know it, best first. */
function rowsOf(columns: readonly Column[]): readonly string[] {
  const best = columns.flatMap(({ answer: { scores, labels } }) => bestOf(scores, labels, 5));
  const mean = (label: string): number => {
    const known = columns.map((own) => scoreOf(own, label)).filter((score) => score !== undefined);
    return known.reduce((sum, score) => sum + score, 0) / known.length;
  };
  const names = [...new Set(best.map(({ label }) => label))];
  return names.sort((a, b) => mean(b) - mean(a)).slice(0, 10);
}

function scoreOf({ answer: { scores, labels } }: Column, label: string): number | undefined {
  const index = labels.length > 0 ? labels.indexOf(label) : Number(label);
  return scores[index];
}

/** The table; of each model the best class is marked. */
export function ScoreTable({ columns }: { readonly columns: readonly Column[] }) {
  const texts = useTexts();
  const { side } = texts.compare;
  return (
    <>
      <h3>{side}</h3>
      <div class="scroll" role="region" aria-label={side} tabIndex={0}>
        <table class="amounts">
          <thead>
            <tr>
              <th scope="col">{texts.try.class}</th>
              {columns.map(({ title }) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rowsOf(columns).map((label) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {columns.map((column) => {
                  const score = scoreOf(column, label);
                  const isBest = score === Math.max(...column.answer.scores);
                  const text = score === undefined ? '–' : `${(100 * score).toFixed(1)} %`;
                  return <td key={column.title}>{isBest ? <strong>{text}</strong> : text}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
