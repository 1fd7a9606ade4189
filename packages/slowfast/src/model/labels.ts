/** @file Class names, and what there is to say of a model's scores. */
import { SpecError, fileText, type CompiledModel, type Preprocessing } from '@slowfast/core';
import { DATASETS, classLabels, isLabelSet } from '@slowfast/models';
import { parseClassNames } from '@slowfast/video';

/** Labels from a file or a known set; throws {@link SpecError} when their number is wrong. */
export async function labelsFrom(source: string, classes: number): Promise<readonly string[]> {
  const labels = await labelNames(source);
  if (labels.length === classes) return labels;
  throw new SpecError({
    site: `labels ${source}`,
    expected: `${classes} labels, one a class`,
    received: `${labels.length}`,
  });
}

/** Class names of a known set, or from a file in any of the usual forms; throws {@link SpecError} when it cannot be read. */
export async function labelNames(source: string): Promise<readonly string[]> {
  if (isLabelSet(source)) return classLabels(source);
  const text = await fileText(source, {
    site: 'labels',
    expected: `a file of class names, or one of ${Object.keys(DATASETS).join(', ')}`,
  });
  return parseClassNames(text, source);
}

/** Class names of a model: those asked for, or its own. */
export const labelsOf = (
  model: CompiledModel,
  labels: string | readonly string[] | undefined,
): Promise<readonly string[] | undefined> =>
  classLabelsOf(model.metadata.labels, labels, classCount(model));

/** Class names that are asked for, or else `own`; throws {@link SpecError} where there are not so many. */
export async function classLabelsOf(
  own: readonly string[] | undefined,
  labels: string | readonly string[] | undefined,
  classes: number,
): Promise<readonly string[] | undefined> {
  if (labels === undefined) return own;
  if (typeof labels === 'string') return labelsFrom(labels, classes);
  if (labels.length === classes) return labels;
  throw new SpecError({
    site: 'labels',
    expected: `${classes}, one a class`,
    received: `${labels.length}`,
  });
}

/** Classes that a model tells apart. */
export const classCount = ({ outputs }: CompiledModel): number =>
  Number(Object.values(outputs)[0]![1]);

/** Names for the classes of a model that has none: `class 0`, `class 1`, … */
export const numberedClasses = (model: CompiledModel): readonly string[] =>
  Array.from({ length: classCount(model) }, (_, i) => `class ${i}`);

/** What to be told of a model whose weights are drawn at random, as a list of none or one. */
export const untrainedWarning = (
  { metadata }: Pick<CompiledModel, 'metadata'>,
  what: 'scores' | 'features' = 'scores',
): readonly string[] =>
  metadata.trained === false
    ? [`the weights are initialised, not trained: the ${what} mean nothing`]
    : [];

/** The preprocessing of a model; throws {@link SpecError} where there is none. */
export function preprocessingOf({ name, metadata }: CompiledModel): Preprocessing {
  if (metadata.preprocessing) return metadata.preprocessing;
  throw new SpecError({
    site: name,
    expected: 'an ONNX file with preprocessing in its metadata',
    received: 'one without',
    remedy: 'Write it with `slowfast export`',
  });
}
