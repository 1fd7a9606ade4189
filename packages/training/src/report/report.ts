/** @file A run as one HTML file that needs nothing else: curves, confusion matrix, accuracy of each class. */
import { checkArguments } from '@slowfast/core';
import type { Evaluation } from '../train-options.js';
import type { EpochRecord, EvaluationRecord, MetricsRecord, StepRecord } from '../metrics.js';
import { escaped, lineChart } from './chart.js';
import { classBars, confusionSection } from './classes.js';
import { COLOURS, STYLE } from './style.js';

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
  /** The training configuration, as text. */
  readonly config?: string;
  /** Facts to show first: parameters, device, time. */
  readonly summary?: Readonly<Record<string, string>>;
  /** What the trained model was found to do in the end. */
  readonly evaluation?: Evaluation;
  /** The clips whose own class got the least. */
  readonly worst?: readonly WorstClip[];
  /** Videos that could not be used. */
  readonly broken?: readonly string[];
}

/** The report as HTML that needs no other file; classes are those of the last evaluation. */
export function trainingReport(records: readonly MetricsRecord[], options: ReportOptions): string {
  checkArguments('trainingReport', {
    records: [records, 'array'],
    options: [options, 'object'],
  });
  const { title, labels = [], config, summary = {}, worst = [], broken = [] } = options;
  const steps = records.filter((record): record is StepRecord => record.kind === 'step');
  const epochs = records.filter((record): record is EpochRecord => record.kind === 'epoch');
  const evaluations = records.filter(
    (record): record is EvaluationRecord => record.kind === 'evaluation',
  );
  const last = options.evaluation ?? evaluations.at(-1);
  const sections = [
    `<h1>${escaped(title)}</h1>`,
    summaryList({ ...lastNumbers(epochs, last), ...summary }),
    `<h2>Training</h2><div class="charts">${charts(steps, epochs, evaluations)}</div>`,
    last ? classBars(last, labels) : '',
    last?.confusion ? confusionSection(last.confusion, labels) : '',
    worst.length === 0
      ? ''
      : `<h2>Clips that are most wrong</h2><div class="clips">${worst.map(worstFigure).join('')}</div>`,
    broken.length === 0
      ? ''
      : `<h2>Videos that could not be used</h2><pre>${escaped(broken.join('\n'))}</pre>`,
    config === undefined
      ? ''
      : `<h2>Preprocessing</h2><details><summary>as it was read</summary><pre>${escaped(config)}</pre></details>`,
  ];
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    `<meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>` +
    `<style>${STYLE}</style></head><body>${sections.join('\n')}</body></html>\n`
  );
}

function charts(
  steps: readonly StepRecord[],
  epochs: readonly EpochRecord[],
  evaluations: readonly EvaluationRecord[],
): string {
  const { training, faint, rate } = COLOURS;
  const at = { xLabel: 'epoch' };
  const loss = [
    { label: 'each step', colour: faint, points: steps.map((s) => [s.epoch, s.loss] as const) },
    {
      label: 'mean of the epoch',
      colour: training,
      points: epochs.map((e) => [e.epoch, e.loss] as const),
    },
  ];
  const accuracy = [
    {
      label: 'training',
      colour: training,
      points: epochs.map((e) => [e.epoch, e.accuracy] as const),
    },
    ...metricCurves(evaluations),
  ];
  const rates = steps.map((s) => [s.epoch, s.learningRate] as const);
  const share = { range: [0, 1] as const, tick: (value: number) => `${Math.round(100 * value)} %` };
  return [
    lineChart(loss, { ...at, title: 'Loss' }),
    lineChart(accuracy, { ...at, ...share, title: 'Accuracy' }),
    lineChart([{ label: 'each step', colour: rate, points: rates }], {
      ...at,
      title: 'Learning rate',
    }),
    lineChart(
      [
        {
          label: 'waiting for data',
          colour: rate,
          points: epochs.map((e) => [e.epoch, e.waiting] as const),
        },
      ],
      { ...at, ...share, title: 'Where time goes' },
    ),
  ].join('');
}

function metricCurves(evaluations: readonly EvaluationRecord[]) {
  const names = new Set(evaluations.flatMap(({ metrics }) => Object.keys(metrics)));
  names.delete('videos');
  return [...names].map((name, i) => ({
    label: metricName(name),
    colour: COLOURS.tests[i % COLOURS.tests.length]!,
    points: evaluations.map(({ epoch, metrics }) => [epoch, metrics[name] ?? Number.NaN] as const),
  }));
}

const METRICS: Readonly<Record<string, string>> = {
  top1: 'top-1',
  top5: 'top-5',
  meanClassAccuracy: 'mean of classes',
};

const metricName = (name: string): string => `test ${METRICS[name] ?? name}`;

/** What a person wants to know first. */
function lastNumbers(
  epochs: readonly EpochRecord[],
  evaluation: Evaluation | undefined,
): Readonly<Record<string, string>> {
  const tests = Object.entries(evaluation?.metrics ?? {}).map(
    ([name, value]) => [metricName(name), name === 'videos' ? `${value}` : percent(value)] as const,
  );
  const last = epochs.at(-1);
  const training: Record<string, string> = last
    ? {
        'training accuracy': percent(last.accuracy),
        'training loss': last.loss.toFixed(4),
        epochs: `${last.epoch}`,
        steps: `${last.step}`,
        'clips a second': last.clipsPerSecond.toFixed(1),
        'waiting for data': percent(last.waiting),
      }
    : {};
  return { ...Object.fromEntries(tests), ...training };
}

function summaryList(summary: Readonly<Record<string, string>>): string {
  const rows = Object.entries(summary).map(
    ([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`,
  );
  return `<dl class="summary">${rows.join('')}</dl>`;
}

function worstFigure({ path, text, image }: WorstClip): string {
  const picture = image === undefined ? '' : `<img alt="" src="${escaped(image)}">`;
  return `<figure>${picture}<figcaption>${escaped(text)}<small>${escaped(path)}</small></figcaption></figure>`;
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
