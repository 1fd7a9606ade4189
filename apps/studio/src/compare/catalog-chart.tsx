/** @file Accuracy over cost of the catalog, as Figure 2 of the paper: a point a model, by published numbers. */
import { useEffect, useId, useState } from 'preact/hooks';
import type { Dataset } from '@slowfast/models';
import { useTexts } from '../settings.js';
import type { CatalogPoint } from '../worker/network.worker.js';
import { networkWorker } from '../worker/workers.js';
import { Scatter, type CostPoint } from './scatter.js';

/** Data sets of whole videos, whose models are of one kind. */
const DATASETS: Readonly<Partial<Record<Dataset, string>>> = {
  kinetics400: 'Kinetics-400',
  kinetics600: 'Kinetics-600',
  'something-something-v2': 'Something-Something V2',
  charades: 'Charades',
};

/** The best published number of each model, the paper's where it has one. */
const pointsOf = (models: readonly CatalogPoint[]): readonly CostPoint[] =>
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
          <Scatter key={dataset} points={points} label={texts.chart} x={texts.x} y={y} />
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
