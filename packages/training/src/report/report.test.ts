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

it('shows numbers, curves and the confusion matrix, and needs nothing from elsewhere', () => {
  const html = trainingReport(records, { title: 'a <run>', labels: ['hug', 'kick & push'] });
  expect(html).toContain('<title>a &lt;run&gt;</title>');
  expect(html.match(/<svg /g)).toHaveLength(3);
  expect(html).toContain('<th>test top1</th><td>75.0 %</td>');
  expect(html).toContain('<th>kick &amp; push</th>');
  expect(html).toMatch(/>1<\/td><td[^>]*>1<\/td><td>50\.0 %<\/td>/);
  expect(html).not.toMatch(/https?:|<script|<link|src=/);
});

it('draws the loss where it is: the first step at the top left, the second at the bottom right', () => {
  const html = trainingReport(records, { title: 'run' });
  expect(html).toContain('points="56.0,12.0 628.0,230.0"');
});

it('is a page also before the first step', () => {
  expect(trainingReport([], { title: 'run' })).toContain('<h1>run</h1>');
});

it('shows the worst clips', () => {
  const image = 'data:image/png;base64,AAAA';
  const html = trainingReport(records, {
    title: 'run',
    worst: [{ path: 'a&b.avi', text: 'hug, taken for push', image }],
  });
  expect(html).toContain(
    `<img alt="" src="${image}"><figcaption>a&amp;b.avi<br>hug, taken for push`,
  );
});
