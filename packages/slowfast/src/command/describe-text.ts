/** @file A model description as the paper's Table 1 and a table of costs. */
import type { Cost, ModelDescription, StageDescription } from '@slowfast/core';
import { textTable } from './table.js';

/** The description as text for people. */
export function describeText(description: ModelDescription): string {
  const { name, parameters, multiplyAdds, peakActivationBytes } = description;
  const summary =
    `${name}: ${millions(parameters)} M parameters, ${billions(multiplyAdds)} G multiply-adds a view, ` +
    `activations of ${Math.ceil(peakActivationBytes / 2 ** 20)} MiB at most\n`;
  return [summary, architectureTable(description), costTable(description)].join('\n');
}

/** Stage × pathway, with kernels and output sizes C x T x H x W. */
function architectureTable({ inputs, stages }: ModelDescription): string {
  const pathways = Object.keys(inputs);
  const names = [...new Set(stages.map(({ stage }) => stage))];
  const rows = [
    ['input', ...pathways.map((pathway) => sizeText(inputs[pathway]!))],
    ...names.flatMap((stage) => {
      const cells = pathways.map((pathway) => cellLines(find(stages, pathway, stage)));
      const height = Math.max(...cells.map((lines) => lines.length));
      return Array.from({ length: height }, (_, line) => [
        line === 0 ? stage : '',
        ...cells.map((lines) => lines[line] ?? ''),
      ]);
    }),
  ];
  return textTable(['stage', ...pathways], rows);
}

function cellLines(stage: StageDescription | undefined): readonly string[] {
  return stage ? [...stage.layers, `→ ${sizeText(stage.output.shape)}`] : [];
}

/** Rows of parts in the order in which data flows, then the total. */
function costTable(description: ModelDescription): string {
  const { stages, laterals, head } = description;
  const row = (part: string, cost: Cost): readonly string[] => [
    part,
    millions(cost.parameters),
    billions(cost.multiplyAdds),
    `${((100 * cost.multiplyAdds) / description.multiplyAdds).toFixed(1)} %`,
    `${(cost.activationBytes / 2 ** 20).toFixed(1)}`,
  ];
  const rows = [
    ...stages.map((stage) => row(`${stage.pathway}.${stage.stage}`, stage)),
    ...laterals.map((l) => row(`${l.from} → ${l.to} after ${l.after} (${l.kind})`, l)),
    row('head', head),
    row('total', description),
  ];
  const header = ['part', 'M parameters', 'G multiply-adds', 'share', 'MiB activations'];
  return textTable(header, rows, new Set(header.slice(1)));
}

const find = (
  stages: readonly StageDescription[],
  pathway: string,
  stage: string,
): StageDescription | undefined =>
  stages.find((candidate) => candidate.pathway === pathway && candidate.stage === stage);

/** `80 x 4 x 56²` of `[N, 80, 4, 56, 56]`. */
function sizeText(shape: readonly (number | string)[]): string {
  const [, channels, frames, height, width] = shape;
  const plane = height === width ? `${height}²` : `${height} x ${width}`;
  return `${channels} x ${frames} x ${plane}`;
}

const millions = (count: number): string => (count / 1e6).toFixed(2);
const billions = (count: number): string => (count / 1e9).toFixed(2);
