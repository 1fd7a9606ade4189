/** @file The best classes, with bars. */

/** A class and its score. */
export interface LabelledScore {
  readonly label: string;
  readonly score: number;
}

/** The best `count` of scores, best first; classes without a name by their number. */
export function bestOf(
  scores: Float32Array,
  labels: readonly string[],
  count: number,
): readonly LabelledScore[] {
  return [...scores]
    .map((score, i) => ({ label: labels[i] ?? `${i}`, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
}

/** A list of scores from 0 to 1. */
export function ScoreList({
  scores,
  label,
}: {
  readonly scores: readonly LabelledScore[];
  readonly label: string;
}) {
  return (
    <ol class="scores" aria-label={label}>
      {scores.map(({ label: name, score }) => (
        <li key={name}>
          <span>{name}</span>
          <span class="bar" style={{ width: `${100 * score}%` }} />
          <span class="amount">{(100 * score).toFixed(1)} %</span>
        </li>
      ))}
    </ol>
  );
}
