/** @file A run as one HTML file that needs nothing else: curves, confusion matrix, accuracy of each class. */
import type { EpochRecord, EvaluationRecord, MetricsRecord, StepRecord } from '../metrics.js';
import { escaped, lineChart } from './chart.js';

/** A clip that went wrong. */
export interface WorstClip {
  readonly path: string;
  /** What it is and what it was taken for. */
  readonly text: string;
  /** A picture of it as a `data:` URL. */
  readonly image?: string;
}

/** What a report shows beside the records. */
export interface ReportOptions {
  readonly title: string;
  /** Names of the classes by number; numbers where there are none. */
  readonly labels?: readonly string[];
  /** The recipe, as text. */
  readonly config?: string;
  /** Facts to show first: parameters, device, time. */
  readonly facts?: Readonly<Record<string, string>>;
  /** The clips whose own class got the least. */
  readonly worst?: readonly WorstClip[];
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}
svg{width:100%;height:auto}.grid{stroke:#ddd}.tick{font-size:11px;fill:#666}figure{margin:1rem 0}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .6rem;border:1px solid #ddd;text-align:right}
th{font-weight:600;text-align:left}figure.clip{display:inline-block;vertical-align:top;width:14rem;margin:.5rem}figure.clip img{max-width:100%}
pre{background:#f6f6f6;padding:1rem;overflow:auto}`;

/** The report as HTML; the last evaluation's matrix is shown. */
export function trainingReport(records: readonly MetricsRecord[], options: ReportOptions): string {
  const { title, labels = [], config, facts = {}, worst = [] } = options;
  const steps = records.filter((record): record is StepRecord => record.kind === 'step');
  const epochs = records.filter((record): record is EpochRecord => record.kind === 'epoch');
  const evaluations = records.filter(
    (record): record is EvaluationRecord => record.kind === 'evaluation',
  );
  const last = evaluations.at(-1);
  const sections = [
    `<h1>${escaped(title)}</h1>`,
    factTable({ ...facts, ...lastNumbers(epochs, last) }),
    lineChart('Loss', 'epoch', [
      { label: 'each step', colour: '#bcd', points: steps.map((s) => [s.epoch, s.loss]) },
      { label: 'mean of the epoch', colour: '#036', points: epochs.map((e) => [e.epoch, e.loss]) },
    ]),
    lineChart('Accuracy', 'epoch', [
      { label: 'training', colour: '#036', points: epochs.map((e) => [e.epoch, e.accuracy]) },
      ...metricCurves(evaluations),
    ]),
    lineChart('Learning rate', 'epoch', [
      {
        label: 'each step',
        colour: '#063',
        points: steps.map((s) => [s.epoch, s.learningRate]),
      },
    ]),
    last?.confusion ? confusionTable(last.confusion, labels) : '',
    worst.length === 0 ? '' : `<h2>Worst clips</h2>${worst.map(worstFigure).join('')}`,
    config === undefined ? '' : `<h2>Recipe</h2><pre>${escaped(config)}</pre>`,
  ];
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>` +
    `<style>${STYLE}</style></head><body>${sections.join('\n')}</body></html>\n`
  );
}

const COLOURS = ['#c30', '#a6a', '#690', '#960'];

function metricCurves(evaluations: readonly EvaluationRecord[]) {
  const names = new Set(evaluations.flatMap(({ metrics }) => Object.keys(metrics)));
  names.delete('videos');
  return [...names].map((name, i) => ({
    label: `test ${name}`,
    colour: COLOURS[i % COLOURS.length]!,
    points: evaluations.map(({ epoch, metrics }) => [epoch, metrics[name] ?? Number.NaN] as const),
  }));
}

function lastNumbers(
  epochs: readonly EpochRecord[],
  evaluation: EvaluationRecord | undefined,
): Readonly<Record<string, string>> {
  const last = epochs.at(-1);
  const training: Record<string, string> = last
    ? {
        epochs: `${last.epoch}`,
        'training loss': last.loss.toFixed(4),
        'training accuracy': percent(last.accuracy),
        'clips a second': last.clipsPerSecond.toFixed(1),
        'time spent waiting for data': percent(last.waiting),
      }
    : {};
  for (const [name, value] of Object.entries(evaluation?.metrics ?? {})) {
    training[`test ${name}`] = name === 'videos' ? `${value}` : percent(value);
  }
  return training;
}

function factTable(facts: Readonly<Record<string, string>>): string {
  const rows = Object.entries(facts).map(
    ([name, value]) => `<tr><th>${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  );
  return `<table>${rows.join('')}</table>`;
}

function confusionTable(
  confusion: readonly (readonly number[])[],
  labels: readonly string[],
): string {
  const name = (i: number): string => escaped(labels[i] ?? `${i}`);
  const head = confusion.map((_, i) => `<th>${name(i)}</th>`).join('');
  const rows = confusion.map((row, i) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map((count) => {
      const depth = all > 0 ? count / all : 0;
      const ink = depth > 0.5 ? '#fff' : '#222';
      return `<td style="background:rgba(0,51,102,${depth.toFixed(2)});color:${ink}">${count}</td>`;
    });
    const accuracy = all > 0 ? percent(row[i]! / all) : 'none';
    return `<tr><th>${name(i)}</th>${cells.join('')}<td>${accuracy}</td></tr>`;
  });
  return (
    '<h2>Confusion matrix</h2><p>Rows: the true class; columns: the class with the highest score.</p>' +
    `<table><tr><th></th>${head}<th>accuracy</th></tr>${rows.join('')}</table>`
  );
}

function worstFigure({ path, text, image }: WorstClip): string {
  const picture = image === undefined ? '' : `<img alt="" src="${escaped(image)}">`;
  return `<figure class="clip">${picture}<figcaption>${escaped(path)}<br>${escaped(text)}</figcaption></figure>`;
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
