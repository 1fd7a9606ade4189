/** @file Scores of classes over time: a line each, with a cursor that a slider moves. */
import { useId } from 'preact/hooks';
import { useTexts } from '../settings.js';
import type { WindowScores } from '../worker/model.worker.js';

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [720, 200, 46, 26];
/** Line colours that stand apart on light and dark paper, with a dash for those who see no colours. */
const LINES = [
  ['#2f7fd1', ''],
  ['#d9622b', '6 3'],
  ['#2f9e67', '2 3'],
  ['#a05cc8', '9 3 2 3'],
  ['#b58900', '1 2'],
] as const;

/** The classes with the highest mean, best first. */
export function leadingClasses(windows: readonly WindowScores[], count: number): readonly number[] {
  const sums = new Float64Array(windows[0]?.scores.length ?? 0);
  for (const { scores } of windows) scores.forEach((score, c) => (sums[c]! += score));
  return [...sums.keys()].sort((a, b) => sums[b]! - sums[a]!).slice(0, count);
}

/** The chart and its slider. */
export function Timeline({
  windows,
  labels,
  position,
  onPosition,
}: {
  readonly windows: readonly WindowScores[];
  readonly labels: readonly string[];
  readonly position: number;
  /** A window, and seconds within it. */
  readonly onPosition: (index: number, time: number) => void;
}) {
  const texts = useTexts().try;
  const id = useId();
  const classes = leadingClasses(windows, LINES.length);
  const name = (c: number): string => labels[c] ?? `${c}`;
  const [first, last] = [windows[0]!, windows.at(-1)!];
  const middle = ({ start, end }: WindowScores): number => (start + end) / 2;
  const span = Math.max(1e-3, last.end - first.start);
  const x = (time: number): number => LEFT + ((WIDTH - LEFT - 8) * (time - first.start)) / span;
  const y = (score: number): number => 8 + (HEIGHT - BOTTOM - 8) * (1 - score);
  const current = windows[position] ?? last;
  return (
    <>
      <svg
        class="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${texts.timeline}: ${classes.map(name).join(', ')}`}
        onPointerMove={({ currentTarget, clientX }) => {
          const box = currentTarget.getBoundingClientRect();
          const time =
            first.start +
            ((((clientX - box.left) / box.width) * WIDTH - LEFT) / (WIDTH - LEFT - 8)) * span;
          const nearest = windows.reduce(
            (best, own, i) =>
              Math.abs(middle(own) - time) < Math.abs(middle(windows[best]!) - time) ? i : best,
            0,
          );
          onPosition(nearest, time);
        }}
      >
        {[0, 0.5, 1].map((score) => (
          <g key={score}>
            <line class="axis" x1={LEFT} x2={WIDTH - 8} y1={y(score)} y2={y(score)} />
            <text x={LEFT - 6} y={y(score) + 4} text-anchor="end">
              {score}
            </text>
          </g>
        ))}
        {[0, 0.5, 1].map((part) => (
          <text
            key={part}
            x={x(first.start + part * span)}
            y={HEIGHT - 6}
            text-anchor={part === 0 ? 'start' : part === 1 ? 'end' : 'middle'}
          >
            {(first.start + part * span).toFixed(1)} s
          </text>
        ))}
        <rect
          x={x(current.start)}
          width={Math.max(2, x(current.end) - x(current.start))}
          y={y(1)}
          height={y(0) - y(1)}
          fill="currentColor"
          opacity="0.1"
        />
        {classes.map((c, i) => (
          <g key={c} stroke={LINES[i]![0]} fill={LINES[i]![0]}>
            <polyline
              points={windows.map((own) => `${x(middle(own))},${y(own.scores[c]!)}`).join(' ')}
              fill="none"
              stroke-width="2"
              stroke-dasharray={LINES[i]![1]}
            />
            {windows.length < 60
              ? windows.map((own, k) => (
                  <circle key={k} cx={x(middle(own))} cy={y(own.scores[c]!)} r="2.5" />
                ))
              : null}
          </g>
        ))}
      </svg>
      <ul class="legend">
        {classes.map((c, i) => (
          <li key={c}>
            <svg width="28" height="8" aria-hidden="true">
              <line
                x1="0"
                x2="28"
                y1="4"
                y2="4"
                stroke={LINES[i]![0]}
                stroke-width="3"
                stroke-dasharray={LINES[i]![1]}
              />
            </svg>
            {name(c)}
          </li>
        ))}
      </ul>
      <label for={id}>
        {texts.position}: {texts.at(current.start.toFixed(2), current.end.toFixed(2))}
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={windows.length - 1}
        value={position}
        onInput={({ currentTarget: { valueAsNumber: index } }) =>
          onPosition(index, middle(windows[index]!))
        }
      />
    </>
  );
}
