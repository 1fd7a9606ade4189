/** @file The network as Table 1 of the paper has it, with the cost of each stage as bars. */
import type { Cost, ModelDescription } from '@slowfast/core';
import { element, path, textLine } from './element.js';
import { kernelGroups, type KernelGroup } from './kernels.js';
import { MARGIN, type Lane, type Layout } from './layout.js';
import { amountText, sizeText } from './numbers.js';

const LINE = 15;
const ROW_SPACE = 16;
/** Between blocks of one stage, whose brackets would touch. */
const GROUP_SPACE = 5;
const STAGE = 62;
const LEAST_BARS = 330;
/** A character of the kernels' type, 11 pixels high. */
const CHARACTER = 6.7;

interface Column {
  readonly x: number;
  readonly width: number;
}

/** The table below `top`, where it ends, and how wide all is with it. */
export function table(
  model: ModelDescription,
  layout: Layout,
  top: number,
): { readonly parts: readonly string[]; readonly bottom: number; readonly width: number } {
  const kernels = kernelColumns(model, layout.lanes);
  const last = kernels.at(-1)!;
  const sizes = { x: last.x + last.width, width: 96 };
  const x = sizes.x + sizes.width;
  const bars = { x, width: Math.max(LEAST_BARS, layout.width - MARGIN - x) };
  const width = bars.x + bars.width + MARGIN;
  const header = top + 12;
  const parts = [
    textLine('stage', MARGIN, header, { class: 'faint' }),
    ...layout.lanes.map(({ name, colour }, i) =>
      textLine(name, kernels[i]!.x, header, { class: `name${colour}` }),
    ),
    textLine('T × H × W', sizes.x, header, { class: 'faint' }),
    textLine('multiply-adds, parameters', bars.x, header, { class: 'faint' }),
    ruleAt(width, header + 8),
  ];
  const most = Math.max(1, ...costRows(model).map(({ multiplyAdds }) => multiplyAdds));
  let y = header + 8;
  for (const row of rowsOf(model, layout)) {
    const groups = row.layers.map(kernelGroups);
    const lines = Math.max(...groups.map(heightOf), row.sizes.length, row.costs.length);
    const first = y + ROW_SPACE / 2 + 11;
    parts.push(textLine(row.stage, MARGIN, first, { class: 'strong' }));
    groups.forEach((own, i) => parts.push(...kernelParts(own, kernels[i]!.x, first)));
    row.sizes.forEach(({ text, colour }, i) =>
      parts.push(textLine(text, sizes.x, first + LINE * i, { class: `small name${colour}` })),
    );
    row.costs.forEach((cost, i) => parts.push(...barParts(cost, most, bars, first + LINE * i)));
    y += LINE * lines + ROW_SPACE;
    parts.push(ruleAt(width, y));
  }
  return { parts, bottom: y, width };
}

const ruleAt = (width: number, y: number): string =>
  path(
    [
      [MARGIN, y],
      [width - MARGIN, y],
    ],
    { class: 'rule' },
  );

interface CostRow extends Cost {
  readonly name: string;
  readonly colour: number | undefined;
}

interface Row {
  readonly stage: string;
  /** By lane. */
  readonly layers: readonly (readonly string[])[];
  readonly sizes: readonly { readonly text: string; readonly colour: number }[];
  readonly costs: readonly CostRow[];
}

function rowsOf(model: ModelDescription, { lanes, stages }: Layout): readonly Row[] {
  const rows = stages.map((stage): Row => {
    const own = lanes.map((lane) => ({
      lane,
      found: model.stages.find((s) => s.pathway === lane.name && s.stage === stage),
    }));
    const laterals = model.laterals.filter(({ after }) => after === stage);
    return {
      stage,
      layers: own.map(({ found }) => found?.layers ?? []),
      sizes: own.flatMap(({ lane, found }) =>
        found ? [{ text: sizeText(found.output.shape), colour: lane.colour }] : [],
      ),
      costs: [
        ...own.flatMap(({ lane, found }) =>
          found ? [{ ...found, name: lane.name, colour: lane.colour }] : [],
        ),
        ...laterals.map((lateral) => ({
          ...lateral,
          name: `${lateral.from} → ${lateral.to}`,
          colour: lanes.find(({ name }) => name === lateral.from)!.colour,
        })),
      ],
    };
  });
  const head = { ...model.head, name: 'head', colour: undefined };
  return [...rows, { stage: 'head', layers: lanes.map(() => []), sizes: [], costs: [head] }];
}

const costRows = ({ stages, laterals, head }: ModelDescription): readonly Cost[] => [
  ...stages,
  ...laterals,
  head,
];

function kernelColumns(model: ModelDescription, lanes: readonly Lane[]): readonly Column[] {
  let x = MARGIN + STAGE;
  return lanes.map(({ name }) => {
    const texts = model.stages
      .filter(({ pathway }) => pathway === name)
      .flatMap(({ layers }) => kernelGroups(layers).flatMap(groupWidths));
    const width = Math.max(90, ...texts) + 14;
    const column = { x, width };
    x += width;
    return column;
  });
}

const groupWidths = ({ lines, count, addition = '' }: KernelGroup): readonly number[] =>
  lines.map((line) => CHARACTER * line.length + (count ? 40 + CHARACTER * addition.length : 0));

const heightOf = (groups: readonly KernelGroup[]): number =>
  groups.reduce((sum, { lines }) => sum + lines.length, 0) +
  (GROUP_SPACE / LINE) * Math.max(0, groups.length - 1);

function kernelParts(groups: readonly KernelGroup[], x: number, top: number): readonly string[] {
  let y = top;
  return groups.flatMap(({ lines, count, addition }) => {
    const first = y;
    y += LINE * lines.length + (count === undefined ? 0 : GROUP_SPACE);
    if (count === undefined) {
      return lines.map((line, i) => textLine(line, x, first + LINE * i, { class: 'kernel' }));
    }
    const right = x + 12 + CHARACTER * Math.max(...lines.map(({ length }) => length));
    const [up, down] = [first - 10, first + LINE * (lines.length - 1) + 3];
    return [
      bracket(x + 3, x, up, down),
      bracket(right - 3, right, up, down),
      ...lines.map((line, i) => textLine(line, x + 6, first + LINE * i, { class: 'kernel' })),
      textLine(`×${count}${addition ? ` ${addition}` : ''}`, right + 5, (up + down) / 2 + 4),
    ];
  });
}

const bracket = (inner: number, outer: number, up: number, down: number): string =>
  path(
    [
      [inner, up],
      [outer, up],
      [outer, down],
      [inner, down],
    ],
    { class: 'flow' },
  );

function barParts(cost: CostRow, most: number, column: Column, y: number): readonly string[] {
  const { name, colour, multiplyAdds, parameters } = cost;
  const label = 92;
  const room = column.width - label - 96;
  const width = Math.max(1, (room * multiplyAdds) / most);
  const amounts = `${amountText(multiplyAdds)}, ${amountText(parameters)}`;
  return [
    textLine(name, column.x, y, { class: colour === undefined ? 'small' : `small name${colour}` }),
    element('rect', {
      x: column.x + label,
      y: y - 9,
      width,
      height: 10,
      class: colour === undefined ? 'tip' : `bar${colour}`,
    }),
    textLine(amounts, column.x + label + width + 6, y, { class: 'small' }),
  ];
}
