/** @file The network as Figure 1 of the paper has it: pathways as lanes of boxes, laterals as arrows. */
import type { LateralDescription, ModelDescription } from '@slowfast/core';
import { element, path, textLine } from './element.js';
import { gapAfter, INPUT, MARGIN, type Box, type Lane, type Layout } from './layout.js';
import { shapeText } from './numbers.js';

/** Ticks closer than this run into each other. */
const CLOSEST_TICKS = 2;
const TIP = 7;

/** The whole figure. */
export function figure(model: ModelDescription, layout: Layout): readonly string[] {
  return [
    ...layout.lanes.flatMap((lane) => laneParts(model, layout, lane)),
    ...model.laterals.flatMap((lateral) => lateralParts(model, layout, lateral)),
    ...headParts(model, layout),
  ];
}

function laneParts(model: ModelDescription, layout: Layout, lane: Lane): readonly string[] {
  const { name, colour, y, boxes } = lane;
  const frames = model.inputs[name]![2];
  const ends = boxes.slice(1).map(({ x }) => x);
  if (model.head.pathways.includes(name)) ends.push(layout.headX);
  return [
    textLine(name, MARGIN, y - 6, { class: `name${colour}` }),
    textLine(`T = ${frames}`, MARGIN, y + 10, { class: 'small' }),
    textLine(`τ = ${model.temporalStrides[name]}`, MARGIN, y + 25, { class: 'small' }),
    ...ends.flatMap((end, i) => {
      const from = boxes[i]!;
      return arrow([from.x + from.width + from.depth / 2, y], [end - 2, y], 'flow', 'tip');
    }),
    ...boxes.flatMap((box) => boxParts(box, lane)),
  ];
}

/** A cuboid: the front with a tick between frames, the top and the side; below it name and shape. */
function boxParts({ stage, shape, x, width, height, depth }: Box, lane: Lane): readonly string[] {
  const { y, colour } = lane;
  const [top, bottom] = [y - height / 2, y + height / 2];
  const [dx, dy] = [depth / 2, depth / 2];
  const right = x + width;
  const frames = Number(shape[2]) || 1;
  const step = width / frames;
  const ticks = step < CLOSEST_TICKS ? 0 : frames - 1;
  const middle = x + width / 2;
  const under = lane.bottom - 24;
  return [
    path(
      [
        [x, top],
        [x + dx, top - dy],
        [right + dx, top - dy],
        [right + dx, bottom - dy],
        [right, bottom],
        [right, top],
      ],
      { class: `side${colour}` },
    ),
    element('rect', { x, y: top, width, height, class: `box${colour}` }),
    element('path', {
      d: Array.from(
        { length: ticks },
        (_, i) => `M${(x + (i + 1) * step).toFixed(1)} ${top.toFixed(1)}v${height.toFixed(1)}`,
      ).join(''),
      class: `tick${colour}`,
    }),
    textLine(stage, middle, under, {
      anchor: 'middle',
      class: stage === INPUT ? 'faint' : 'strong',
    }),
    textLine(shapeText(shape), middle, under + 15, { anchor: 'middle', class: 'small' }),
  ];
}

/** From the line of one pathway, in the gap behind the stage, to the line of the other. */
function lateralParts(
  model: ModelDescription,
  layout: Layout,
  lateral: LateralDescription,
): readonly string[] {
  const from = layout.lanes.find(({ name }) => name === lateral.from)!;
  const to = layout.lanes.find(({ name }) => name === lateral.to)!;
  const own = model.stages.find((s) => s.pathway === lateral.to && s.stage === lateral.after)!;
  // Connections of one gap stand side by side.
  const beside = model.laterals.filter(({ after }) => after === lateral.after);
  const place = beside.indexOf(lateral) - (beside.length - 1) / 2;
  const x = gapAfter(layout, lateral.after) + 10 * place;
  const added = lateral.channels - own.output.channels;
  const label =
    added > 0 && beside.findLast(({ to }) => to === lateral.to) === lateral ? `+${added}` : '';
  const down = to.y > from.y;
  return [
    ...arrow(
      [x, from.y],
      [x, to.y + (down ? -1 : 1)],
      `lateral${from.colour}`,
      `lateral-tip${from.colour}`,
    ),
    element('circle', { cx: x, cy: from.y, r: 2.5, class: `lateral-tip${from.colour}` }),
    textLine(label, x + 5, to.y + (down ? -12 : 20), { class: 'small' }),
  ];
}

/** One bar across the pathways that it reads, with inputs of its own and its outputs. */
function headParts(model: ModelDescription, layout: Layout): readonly string[] {
  const read = layout.lanes.filter(({ name }) => model.head.pathways.includes(name));
  const lanes = read.length > 0 ? read : layout.lanes;
  const top = Math.min(...lanes.map(({ y }) => y)) - 30;
  const bottom = Math.max(...lanes.map(({ y }) => y)) + 30;
  const own = Object.entries(model.inputs).filter(([name]) => !(name in model.temporalStrides));
  const outputs = Object.entries(model.outputs);
  const [x, width] = [layout.headX, 40];
  const lines = [
    ...own.map(([name, shape]) => `reads ${name}: ${shape.join(' × ')}`),
    ...outputs.map(([name, shape]) => `${name}: ${shape.slice(1).join(' × ') || '1'}`),
  ];
  return [
    element('rect', { x, y: top, width, height: bottom - top, rx: 4, class: 'head' }),
    textLine('head', x + width / 2, (top + bottom) / 2 + 4, { anchor: 'middle', class: 'strong' }),
    ...lines.map((text, i) =>
      textLine(text, x + width / 2, bottom + 16 + 15 * i, { anchor: 'middle', class: 'small' }),
    ),
  ];
}

function arrow(
  from: readonly [number, number],
  to: readonly [number, number],
  line: string,
  tip: string,
): readonly string[] {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const [ux, uy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const base = [to[0] - TIP * ux, to[1] - TIP * uy] as const;
  return [
    path([from, base], { class: line }),
    path(
      [
        to,
        [base[0] - (TIP / 2.4) * uy, base[1] + (TIP / 2.4) * ux],
        [base[0] + (TIP / 2.4) * uy, base[1] - (TIP / 2.4) * ux],
      ],
      { class: tip },
    ),
  ];
}
