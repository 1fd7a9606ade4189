/** @file Where everything stands: a column a stage, a lane a pathway. */
import type { ModelDescription } from '@slowfast/core';
import { COLOURS } from './theme.js';

/** The box of one stage, or of the input: a cuboid whose height is channels, width frames, and depth pixels. */
export interface Box {
  readonly stage: string;
  readonly shape: readonly (number | string)[];
  /** The left end and the width of the front. */
  readonly x: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
}

/** A pathway: its boxes along one line. */
export interface Lane {
  readonly name: string;
  /** Which of the colours is its. */
  readonly colour: number;
  /** Height of the line on which its boxes are threaded. */
  readonly y: number;
  readonly bottom: number;
  readonly boxes: readonly Box[];
}

/** The whole figure. */
export interface Layout {
  readonly lanes: readonly Lane[];
  /** Names of the stages, in order. */
  readonly stages: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly headX: number;
}

/** Room around everything. */
export const MARGIN = 24;
const NAMES = 88;
const COLUMN = 132;
/** Of a column, what lateral connections have. */
const GAP = 52;
const TALLEST = 84;
const DEEPEST = 26;
const WIDEST = 80;
const UNDER_BOX = 40;
const HEAD = 96;

/** Lays the figure out below `top`. */
export function figureLayout(model: ModelDescription, top: number): Layout {
  const pathways = Object.keys(model.temporalStrides);
  const stages = [...new Set(model.stages.map(({ stage }) => stage))];
  const most = (axis: number): number =>
    Math.max(...model.stages.map(({ output }) => Number(output.shape[axis]) || 1));
  const [channels, pixels] = [most(1), Math.max(...pathways.map((p) => sideOf(model.inputs[p]!)))];
  let y = top;
  const lanes = pathways.map((name, i): Lane => {
    const own = new Map<string, readonly (number | string)[]>(
      model.stages
        .filter(({ pathway }) => pathway === name)
        .map(({ stage, output }) => [stage, output.shape]),
    );
    own.set(INPUT, model.inputs[name]!);
    const boxes = [INPUT, ...stages].flatMap((stage, column): readonly Box[] => {
      const shape = own.get(stage);
      if (!shape) return [];
      const height = Math.max(3, TALLEST * Math.sqrt((Number(shape[1]) || 1) / channels));
      const depth = DEEPEST * Math.sqrt(sideOf(shape) / pixels);
      const width = Math.min(WIDEST, 10 + 12 * Math.log2(1 + (Number(shape[2]) || 1)));
      const x = MARGIN + NAMES + column * COLUMN + (COLUMN - GAP - width) / 2;
      return [{ stage, shape, x, width, height, depth }];
    });
    const tallest = Math.max(...boxes.map(({ height, depth }) => height / 2 + depth / 2));
    const line = y + tallest + 12;
    const bottom = line + Math.max(...boxes.map(({ height }) => height / 2)) + UNDER_BOX;
    y = bottom + 14;
    return { name, colour: i % COLOURS, y: line, bottom, boxes };
  });
  const headX = MARGIN + NAMES + (stages.length + 1) * COLUMN;
  return { lanes, stages, headX, width: headX + HEAD + MARGIN, height: y - top };
}

/** What the first box of a lane is called. */
export const INPUT = 'input';

/** The longer side of a value's frames, in pixels; 1 where each run chooses it. */
const sideOf = (shape: readonly (number | string)[]): number =>
  Math.max(...shape.slice(3).map((side) => Number(side) || 1));

/** The middle of the gap behind a stage, where lateral connections run. */
export const gapAfter = (layout: Layout, stage: string): number =>
  MARGIN + NAMES + (layout.stages.indexOf(stage) + 2) * COLUMN - GAP / 2 + 2;
