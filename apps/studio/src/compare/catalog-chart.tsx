/** @file Accuracy over cost of the catalog, as Figure 2 of the paper: a point a model, by published numbers. */
import { useEffect, useId, useState } from 'preact/hooks';
import type { Dataset } from '@slowfast/models';
import { useTexts } from '../settings.js';
import type { CatalogPoint } from '../worker/network.worker.js';
import { networkWorker } from '../worker/workers.js';

/** Data sets of whole videos, whose models are of one kind. */
const DATASETS: Readonly<Partial<Record<Dataset, string>>> = {
  kinetics400: 'Kinetics-400',
  kinetics600: 'Kinetics-600',
  'something-something-v2': 'Something-Something V2',
  charades: 'Charades',
};

const [WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT] = [760, 380, 48, 44, 130];

interface Point {
  readonly name: string;
  readonly cost: number;
  readonly accuracy: number;
  readonly source: string;
}

/** The best published number of each model, the paper's where it has one. */
const pointsOf = (models: readonly CatalogPoint[]): readonly Point[] =>
  models.flatMap(({ name, multiplyAdds, accuracy: [first] }) => {
    const accuracy = first?.top1 ?? first?.meanAveragePrecision;
    return first && accuracy !== undefined
      ? [{ name, cost: multiplyAdds / 1e9, accuracy, source: first.source }]
      : [];
  });

/** The chart, and the same as a table. */
export function CatalogChart() {
  const texts = useTexts().compare;
  const [dataset, setDataset] = useState<Dataset>('kinetics400');
  const [models, setModels] = useState<readonly CatalogPoint[]>([]);
  const [isComputing, setComputing] = useState(true);
  const [failure, setFailure] = useState('');
  const id = useId();
  useEffect(() => {
    const points: CatalogPoint[] = [];
    let isCurrent = true;
    setComputing(true);
    const onEvent = (point: CatalogPoint): void => void points.push(point);
    void networkWorker()
      .call('catalog', { dataset }, { onEvent })
      .then(() => {
        if (!isCurrent) return;
        setModels(points);
        setComputing(false);
      })
      .catch((error: Error) => isCurrent && setFailure(error.message));
    return () => void (isCurrent = false);
  }, [dataset]);
  const points = pointsOf(models);
  const y = dataset === 'charades' ? texts.yMap : texts.y;
  return (
    <>
      <label for={id}>{texts.dataset}</label>
      <select
        id={id}
        value={dataset}
        onChange={({ currentTarget }) => setDataset(currentTarget.value as Dataset)}
      >
        {Object.entries(DATASETS).map(([key, title]) => (
          <option key={key} value={key}>
            {title}
          </option>
        ))}
      </select>
      <p role="status" class="note">
        {failure || (isComputing ? texts.computing : '')}
      </p>
      {points.length > 0 ? (
        <>
          <div class="scroll" role="region" aria-label={texts.chart} tabIndex={0}>
            <Scatter points={points} label={texts.chart} x={texts.x} y={y} />
          </div>
          <ul class="legend">
            <li>
              <svg width="14" height="12" aria-hidden="true">
                <circle cx="6" cy="6" r="6" fill="#2f7fd1" />
              </svg>
              {texts.twoPathways}
            </li>
            <li>
              <svg width="14" height="12" aria-hidden="true">
                <rect width="10" height="10" y="1" fill="#d9622b" />
              </svg>
              {texts.onePathway}
            </li>
          </ul>
          <div class="scroll" role="region" aria-label={`${texts.model}, ${y}`} tabIndex={0}>
            <table data-catalog>
              <thead>
                <tr>
                  <th scope="col">{texts.model}</th>
                  <th scope="col">{texts.x}</th>
                  <th scope="col">{y}</th>
                  <th scope="col">{texts.source}</th>
                </tr>
              </thead>
              <tbody>
                {[...points]
                  .sort((a, b) => b.accuracy - a.accuracy)
                  .map(({ name, cost, accuracy, source }) => (
                    <tr key={name}>
                      <td>{name}</td>
                      <td>{cost.toFixed(1)}</td>
                      <td>{accuracy.toFixed(1)}</td>
                      <td>{source}</td>
                    </tr>
                  ))}
              </tbody>
            </table>
          </div>
        </>
      ) : null}
    </>
  );
}

function Scatter({
  points,
  label,
  x: xTitle,
  y: yTitle,
}: {
  readonly points: readonly Point[];
  readonly label: string;
  readonly x: string;
  readonly y: string;
}) {
  const costs = points.map(({ cost }) => cost);
  const accuracies = points.map(({ accuracy }) => accuracy);
  const most = 50 * Math.ceil(Math.max(...costs) / 50);
  const low = 5 * Math.floor((Math.min(...accuracies) - 0.5) / 5);
  const high = 5 * Math.ceil((Math.max(...accuracies) + 0.5) / 5);
  const x = (cost: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * cost) / most;
  const y = (accuracy: number): number =>
    12 + ((HEIGHT - BOTTOM - 12) * (high - accuracy)) / (high - low);
  const ticks = (from: number, to: number, step: number): readonly number[] =>
    Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);
  const placed = labelPlaces(
    points.map((point) => ({ ...point, x: x(point.cost), y: y(point.accuracy) })),
  );
  return (
    <svg class="chart wide" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {ticks(low, high, high - low > 20 ? 10 : 5).map((accuracy) => (
        <g key={accuracy}>
          <line
            class="axis"
            x1={LEFT}
            x2={WIDTH - RIGHT}
            y1={y(accuracy)}
            y2={y(accuracy)}
            opacity="0.4"
          />
          <text x={LEFT - 6} y={y(accuracy) + 4} text-anchor="end">
            {accuracy}
          </text>
        </g>
      ))}
      {ticks(0, most, most > 150 ? 50 : 25).map((cost) => (
        <text key={cost} x={x(cost)} y={HEIGHT - BOTTOM + 18} text-anchor="middle">
          {cost}
        </text>
      ))}
      <text x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 6} text-anchor="middle">
        {xTitle}
      </text>
      <text x={14} y={HEIGHT / 2} text-anchor="middle" transform={`rotate(-90 14 ${HEIGHT / 2})`}>
        {yTitle}
      </text>
      <line class="axis" x1={LEFT} x2={WIDTH - RIGHT} y1={y(low)} y2={y(low)} />
      {placed.map(({ name, x: px, y: py, labelY, source, accuracy, cost }) => {
        const isTwo = name.startsWith('slowfast');
        return (
          <g key={name}>
            <title>{`${name}: ${accuracy} %, ${cost.toFixed(1)} G (${source})`}</title>
            {isTwo ? (
              <circle cx={px} cy={py} r="6" fill="#2f7fd1" />
            ) : (
              <rect x={px - 5} y={py - 5} width="10" height="10" fill="#d9622b" />
            )}
            <line class="axis" x1={px + 6} y1={py} x2={px + 11} y2={labelY} />
            <text x={px + 13} y={labelY + 4}>
              {name}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

/** Labels to the right of their points, pushed down where they would cover another. */
function labelPlaces<P extends { readonly x: number; readonly y: number; readonly name: string }>(
  points: readonly P[],
): readonly (P & { readonly labelY: number })[] {
  const placed: (P & { readonly labelY: number })[] = [];
  for (const point of [...points].sort((a, b) => a.y - b.y)) {
    let labelY = point.y;
    const width = 7 * point.name.length + 20;
    const covers = (other: (typeof placed)[number]): boolean =>
      Math.abs(other.labelY - labelY) < 14 &&
      other.x < point.x + width &&
      point.x < other.x + 7 * other.name.length + 20;
    const isUnder = (other: P): boolean =>
      other !== point &&
      Math.abs(other.y - labelY) < 12 &&
      other.x > point.x + 4 &&
      other.x < point.x + width;
    while (placed.some(covers) || points.some(isUnder)) labelY += 2;
    placed.push({ ...point, labelY });
  }
  return placed;
}
