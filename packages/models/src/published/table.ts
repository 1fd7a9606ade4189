/** @file Every row of the index as Markdown. */
import type { PublishedCheckpoint } from './checkpoint.js';
import { publishedCheckpoints, SHORT_NAMES } from './index.js';

/** What each published checkpoint is read as, and what that was checked against: the text of `docs/published-weights.md`. */
export async function publishedTable(): Promise<string> {
  const all = await publishedCheckpoints();
  const mapped = all.filter(({ network }) => network);
  const listed = mapped.filter(({ keys }) => keys);
  const families = all.filter(({ family }) => family !== 'other');
  const parts = [
    '# Published weights',
    'Written by `npm run docs:write` from the index in `@slowfast/models`; do not edit. `slowfast pull NAME` fetches one of them, ' +
      '`--weights NAME` takes it wherever weights stand.',
    `Of ${all.length} checkpoints, ${families.length} are of the families SlowFast, Slow, I3D, C2D, X3D, R(2+1)D and CSN, and ` +
      `${mapped.length} of these have a network here. **None of the files was opened**: their hosts could not be reached where this was made. What was checked ` +
      `instead: of ${listed.length}, names and shapes of all parameters against a list made by running the publisher's own code ` +
      `(_parameters_; the number of classes may be another); of the other ${mapped.length - listed.length}, clip, depth, α, kernels, ` +
      "non-local blocks and classes against the publisher's configuration (_configuration_; gluon-cv's state clip and classes alone, " +
      'and names follow its source). A file that turns out otherwise is refused with the names that differ.',
    '## Short names',
    'The best SlowFast or Slow network of each data set with labels in a known order: the highest published figure among those that are current and checked ' +
      'by parameters; of Kinetics-600 there is one with known labels at all. Figures are their publishers’.',
    table(
      ['Short name', 'Is', 'Figure'],
      Object.entries(SHORT_NAMES).map(([name, id]) => {
        const row = all.find((each) => each.id === id)!;
        return [code(name), code(id), figureOf(row)];
      }),
    ),
    '## Licences',
    LICENCES,
    '## With a network here',
    table(
      ['Name', 'Data set', 'Figure', 'Network', 'Checked by', 'Hash'],
      mapped.map((row) => [
        linked(row),
        row.dataset,
        figureOf(row),
        networkOf(row),
        row.keys ? 'parameters' : 'configuration',
        row.sha256 ? 'sha256' : row.sha1 ? 'sha1' : 'first use',
      ]),
    ),
    '## Without',
    table(
      ['Name', 'Data set', 'Why'],
      all.filter(({ network }) => !network).map((row) => [linked(row), row.dataset, row.reason!]),
    ),
    '## Notes on rows',
    table(
      ['Name', 'Note'],
      mapped.filter(({ note }) => note).map((row) => [code(row.id), row.note!]),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

const LICENCES = `Code and weights are different things. What their repositories state:

| Publisher | Licence of the code | Licence of the weights |
| --- | --- | --- |
| PySlowFast (facebookresearch/SlowFast) | Apache-2.0 | not stated apart |
| PyTorchVideo (facebookresearch/pytorchvideo) | Apache-2.0 | not stated apart |
| mmaction2 (open-mmlab/mmaction2) | Apache-2.0 | not stated apart |
| gluon-cv (dmlc/gluon-cv) | Apache-2.0 | not stated apart |
| all others | see their repositories | not stated, as far as is known here |

The data sets have terms of their own, some for research only: ask them, not this table, before a commercial use.`;

function figureOf({ accuracy, metric }: PublishedCheckpoint): string {
  return accuracy === undefined ? '' : `${accuracy} ${metric}`;
}

function networkOf({ network }: PublishedCheckpoint): string {
  const { model, options } = network!;
  const text = Object.entries(options)
    .filter(([key]) => key !== 'dataset')
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return [code(model), ...text].join(', ').replaceAll('"', '');
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

const code = (text: string): string => `\`${text}\``;
const linked = ({ id, url }: PublishedCheckpoint): string => `[${code(id)}](${url})`;
