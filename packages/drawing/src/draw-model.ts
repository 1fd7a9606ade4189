/** @file A model description as a picture. */
import { checkArguments, type ModelDescription } from '@slowfast/core';
import { svgDocument } from './document.js';
import { textLine } from './element.js';
import { figure } from './figure.js';
import { figureLayout, MARGIN } from './layout.js';
import { amountText } from './numbers.js';
import { table } from './table.js';
import type { Theme } from './theme.js';

/** Options of {@link drawModel}. */
export interface DrawingOptions {
  /** What stands above the drawing; default the model's name. */
  readonly title?: string;
  /** Default `auto`: light or dark as the reader's system is. */
  readonly theme?: Theme;
}

/**
 * A model as the paper's Figure 1, with its Table 1 below and the cost of each stage. A pathway's boxes are as high as
 * it has channels (square root), as wide as it has frames (logarithm), and as deep as its frames have pixels (square
 * root).
 *
 * @returns an SVG document with a title and a description for screen readers, without scripts or anything to load
 */
export function drawModel(model: ModelDescription, options: DrawingOptions = {}): string {
  checkArguments('drawModel', { model: [model, 'object'], options: [options, 'object'] });

  const { title = model.name, theme = 'auto' } = options;
  const layout = figureLayout(model, 84);
  const { parts, bottom, width } = table(model, layout, 84 + layout.height + 6);
  const height = bottom + MARGIN;
  const summary = summaryOf(model);
  const description = descriptionOf(model);
  return svgDocument(
    { width, height, title, description, theme, titleAt: [MARGIN, 36] },
    textLine(summary, MARGIN, 58, { class: 'faint' }),
    ...figure(model, layout),
    ...parts,
  );
}

function summaryOf({ multiplyAdds, parameters, laterals, stages }: ModelDescription): string {
  const kinds = [...new Set(laterals.map(({ kind }) => kind))];
  const pathways = [...new Set(stages.map(({ pathway }) => pathway))];
  const shares = pathways.map((name) => {
    const own = stages.filter(({ pathway }) => pathway === name);
    const sum = own.reduce((total, stage) => total + stage.multiplyAdds, 0);
    return `${((100 * sum) / multiplyAdds).toFixed(0)} % in ${name}`;
  });
  return [
    `${amountText(multiplyAdds)} multiply-adds a view${shares.length > 1 ? ` (${shares.join(', ')})` : ''}`,
    `${amountText(parameters)} parameters`,
    ...(kinds.length > 0 ? [`lateral connections: ${kinds.join(', ')}`] : []),
  ].join(' · ');
}

/** The drawing in sentences. */
function descriptionOf(model: ModelDescription): string {
  const pathways = Object.entries(model.temporalStrides).map(([name, stride]) => {
    const stages = model.stages.filter(({ pathway }) => pathway === name);
    const steps = stages.map(({ stage, output }) => `${stage} ${output.shape.slice(1).join('×')}`);
    return `Pathway ${name}: ${model.inputs[name]![2]} frames at stride ${stride}; ${steps.join(', ')}.`;
  });
  const laterals = model.laterals.map(
    ({ from, to, after, kind }) => `${from} to ${to} after ${after} by ${kind}`,
  );
  return [
    ...pathways,
    laterals.length > 0
      ? `Lateral connections: ${laterals.join(', ')}.`
      : 'No lateral connections.',
    `${summaryOf(model)}.`,
  ].join(' ');
}
