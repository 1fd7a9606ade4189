import { DATASETS, type Dataset } from '../datasets.js';
import { classLabels, isLabelSet } from './index.js';

describe('class labels', () => {
  it.each(Object.entries(DATASETS))(
    '%s: a distinct name for every class',
    async (name, dataset) => {
      const labels = await classLabels(name);
      expect(labels).toHaveLength(dataset.classes);
      expect(new Set(labels).size).toBe(dataset.classes);
      expect(labels.filter((label) => label.trim() !== label || label === '')).toEqual([]);
    },
  );

  // Indices that the data sets' own files give these classes.
  it.each<readonly [Dataset, number, string]>([
    ['kinetics400', 0, 'abseiling'],
    ['kinetics400', 6, 'arm wrestling'],
    ['kinetics400', 399, 'zumba'],
    ['kinetics600', 599, 'zumba'],
    ['ava', 0, 'bend/bow (at the waist)'],
    ['ava', 79, 'watch (a person)'],
    ['charades', 0, 'Holding some clothes'],
    ['charades', 156, 'Someone is eating something'],
    ['something-something-v2', 0, 'Approaching something with your camera'],
  ])('%s %i is %s', async (name, index, label) => {
    expect((await classLabels(name))[index]).toBe(label);
  });

  it('refuses other names', async () => {
    expect(isLabelSet('charades')).toBe(true);
    expect(isLabelSet('constructor')).toBe(false);
    await expect(classLabels('kinetics')).rejects.toThrow(
      'labels: expected one of kinetics400, kinetics600, something-something-v2, charades, ava, ' +
        "ava-background, received 'kinetics'.",
    );
  });
});
