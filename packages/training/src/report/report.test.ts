import type { MetricsRecord } from '../metrics.js';
import { trainingReport } from './report.js';

const records: readonly MetricsRecord[] = [
  { kind: 'step', step: 1, epoch: 0.5, loss: 2, accuracy: 0.25, learningRate: 0.1 },
  { kind: 'step', step: 2, epoch: 1, loss: 1, accuracy: 0.75, learningRate: 0.05 },
  { kind: 'epoch', step: 2, epoch: 1, loss: 1.5, accuracy: 0.5, clipsPerSecond: 8, waiting: 0.04 },
  {
    kind: 'evaluation',
    step: 2,
    epoch: 1,
    metrics: { videos: 4, top1: 0.75 },
    confusion: [
      [2, 0],
      [1, 1],
    ],
  },
];

it('shows numbers, curves, accuracy by class and the confusion matrix, and needs nothing from elsewhere', () => {
  const html = trainingReport(records, { title: 'a <run>', labels: ['hug', 'kick & push'] });
  expect(html).toContain('<title>a &lt;run&gt;</title>');
  expect(html.match(/<svg /g)).toHaveLength(4);
  expect(html).toContain('<dt>test top-1</dt><dd>75.0 %</dd>');
  expect(html).toContain(
    '<th>kick &amp; push</th><td class="bar"><i style="width:50.0%"></i></td><td>50.0 %</td>',
  );
  expect(html).toMatch(/<th>kick &amp; push<\/th><td[^>]*>1<\/td><td[^>]*>1<\/td>/);
  expect(html).not.toMatch(/https?:|<script|<link|src=/);
});

it('draws the loss where it is: half way at the top, at the end half way down to 0', () => {
  const html = trainingReport(records, { title: 'run' });
  expect(html).toContain('points="299.0,10.0 546.0,118.0"');
});

it('writes round numbers at the axes', () => {
  const html = trainingReport(records, { title: 'run' });
  const [loss, accuracy] = html.split('<svg ').slice(1);
  const ticks = (chart: string): string[] =>
    [...chart.matchAll(/text-anchor="end">([^<]*)<\/text>/g)].map(([, text]) => text!);
  expect(ticks(loss!)).toEqual(['0', '0.5', '1', '1.5', '2', 'epoch']);
  expect(ticks(accuracy!)).toEqual(['0 %', '20 %', '40 %', '60 %', '80 %', '100 %', 'epoch']);
});

it('is a page also before the first step', () => {
  expect(trainingReport([], { title: 'run' })).toContain('<h1>run</h1>');
});

it('shows the worst clips and what could not be used', () => {
  const image = 'data:image/png;base64,AAAA';
  const html = trainingReport(records, {
    title: 'run',
    worst: [{ path: 'a&b.avi', text: 'hug, taken for push', image }],
    broken: ['c<d.avi'],
  });
  expect(html).toContain(
    `<img alt="" src="${image}"><figcaption>hug, taken for push<small>a&amp;b.avi</small>`,
  );
  expect(html).toContain('<pre>c&lt;d.avi</pre>');
});

it('names the pairs that were confused, where there are too many classes for a matrix', () => {
  const confusion = Array.from({ length: 50 }, (_, i) =>
    Array.from({ length: 50 }, (_, k) => (i === k ? 3 : i === 7 && k === 9 ? 2 : 0)),
  );
  const html = trainingReport([], { title: 'run', evaluation: { metrics: {}, confusion } });
  expect(html).toContain('<tr><th>7</th><th>9</th><td>2 of 5</td></tr>');
  expect(html).not.toContain('class="matrix"');
});

it('shows the average precision of each class, where videos have several', () => {
  const evaluation = { metrics: { mAP: 0.5 }, averagePrecision: [0.5, null] };
  const html = trainingReport([], { title: 'run', labels: ['hug', 'kick'], evaluation });
  expect(html).toContain('<h2>Average precision of each class</h2>');
  expect(html).toContain('<td>no video</td>');
});
