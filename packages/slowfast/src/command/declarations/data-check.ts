/** @file The declaration of `slowfast data check`. */
import type { CommandDeclaration } from '../declaration.js';
import { LABELS } from '../options/model.js';
import { outputGroup } from '../options/output.js';
import { MOST } from '../options/bounds.js';
import { clipSampling, positiveNumber, positiveUpTo } from '../options/values.js';
import { LIST_GROUP, VIDEO } from '../options/video.js';

/** `data check`: see its description. */
export const dataCheck: CommandDeclaration = {
  name: 'data check',
  description: 'decode every video of a list, and report what is wrong with any of them',
  args: [
    {
      name: '<list>',
      description: 'a list of clips, or a folder with a folder for each class; - is standard input',
      names: 'list',
    },
  ],
  groups: [
    {
      title: 'Checks',
      options: [
        {
          flags: '--other <list>',
          description: 'another split, which must share no video (repeatable)',
          names: 'list',
          isRepeatable: true,
          default: [],
          defaultText: 'none',
        },
        {
          flags: '--classes <n>',
          description: 'number of classes (default: not checked)',
          parse: positiveUpTo(MOST.classes),
        },
        LABELS,
        {
          flags: '--clip <frames>x<stride>[@fps]',
          description: 'shorter videos are problems (default: 32x2@30, only noted)',
          parse: clipSampling,
        },
      ],
    },
    LIST_GROUP,
    {
      title: 'Video',
      options: [
        ...VIDEO,
        {
          flags: '--jobs <n>',
          description: 'videos decoded at once (default: cores, at most 8)',
          parse: positiveNumber,
        },
      ],
    },
    outputGroup('print one JSON object'),
  ],
  examples: [['data check train.csv --other test.csv', 'a training list, against the test list']],
  load: async () => (await import('../data-check.js')).dataCheck,
};
