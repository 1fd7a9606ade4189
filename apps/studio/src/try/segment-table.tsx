/** @file Which class is where in the video: a table, to save. */
import { findSegments, type ScoredSegment } from '@slowfast/evaluation';
import { useMemo, useState } from 'preact/hooks';
import { download } from '../download.js';
import { useTexts } from '../settings.js';
import type { WindowScores } from '../worker/model.worker.js';
import { SEGMENT_FILES } from './segment-files.js';

/** Segments that the windows' scores show. */
function segmentsOf(
  windows: readonly WindowScores[],
  labels: readonly string[],
  threshold: number,
): readonly ScoredSegment[] {
  const classes = windows[0]!.scores.length;
  const scores = new Float32Array(windows.length * classes);
  windows.forEach((own, i) => scores.set(own.scores, i * classes));
  const times = windows.flatMap(({ start, end }) => [start, end]);
  const names = Array.from({ length: classes }, (_, c) => labels[c] ?? `${c}`);
  return findSegments({ times, scores, classes }, names, { threshold, low: threshold });
}

/** The table, its threshold, and buttons that save it. */
export function SegmentTable({
  windows,
  labels,
  name,
}: {
  readonly windows: readonly WindowScores[];
  readonly labels: readonly string[];
  /** Of the files, without what they are. */
  readonly name: string;
}) {
  const texts = useTexts().try;
  const [threshold, setThreshold] = useState(0.5);
  const segments = useMemo(
    () => segmentsOf(windows, labels, threshold),
    [windows, labels, threshold],
  );
  return (
    <>
      <h2>{texts.segments}</h2>
      <label>
        {texts.threshold} {Math.round(100 * threshold)} %
        <input
          type="range"
          min={0.05}
          max={0.95}
          step={0.05}
          value={threshold}
          onInput={({ currentTarget }) => setThreshold(currentTarget.valueAsNumber)}
        />
      </label>
      {segments.length === 0 ? (
        <p>{texts.noSegments}</p>
      ) : (
        <div class="scroll" role="region" aria-label={texts.segments} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{texts.start}</th>
                <th scope="col">{texts.end}</th>
                <th scope="col">{texts.class}</th>
                <th scope="col">{texts.score}</th>
              </tr>
            </thead>
            <tbody>
              {segments.map(({ start, end, label, score }) => (
                <tr key={`${label} ${start}`}>
                  <td>{start.toFixed(2)} s</td>
                  <td>{end.toFixed(2)} s</td>
                  <td>{label}</td>
                  <td>{(100 * score).toFixed(1)} %</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="row">
        {texts.exportAs}
        {(Object.keys(SEGMENT_FILES) as (keyof typeof SEGMENT_FILES)[]).map((kind) => (
          <button
            key={kind}
            type="button"
            disabled={segments.length === 0}
            onClick={() => {
              const { type, write } = SEGMENT_FILES[kind];
              download(`${name}.${kind}`, write(segments), type);
            }}
          >
            {kind.toUpperCase()}
          </button>
        ))}
      </p>
    </>
  );
}
