/**
 * @file The description of a person detector: how an ONNX file of any origin takes frames and gives boxes.
 * Three styles cover the common ones:
 *
 * - `yolo`: one output of rows (or columns) cx, cy, w, h, [objectness,] class scores, in input pixels.
 * - `detr`: `boxes` of rows cx, cy, w, h in parts of the frame, and `scores` of class logits; with softmax the
 *   last class is "nothing".
 * - `ssd`: `boxes` of two corners and `scores` a row, either one with `labels` beside it, or one a class.
 *
 * Detectors that are recognised may have a fourth, `rows`: one output of rows of two corners, score and class.
 */
import * as v from 'valibot';
import {
  BOUNDS,
  colourDeviations,
  colourMeans,
  heightAndWidth,
  readJson,
  schemaParts,
} from '@slowfast/core';

const { flag, numberFrom, object, oneOf, text, whole } = schemaParts;

/** How frames go in. */
export interface AdapterInput {
  /** Name; default the only input. */
  readonly name?: string;
  /** Or `frame`: what each frame has. */
  readonly size: readonly [height: number, width: number] | 'frame';
  /** `stretch` the frame to the size, or `letterbox`: keep its aspect and pad (grey, 114) around it. */
  readonly fit: 'stretch' | 'letterbox';
  readonly layout: 'nchw' | 'nhwc';
  readonly channels: 'rgb' | 'bgr';
  /** The network gets (level / 255 − mean) / std. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Whether it takes one image, `[3, H, W]`, and not a list of one. */
  readonly single?: boolean;
  /** Whether it takes images of any size. */
  readonly free?: boolean;
  /** Name of a second input, `[1, 2]`: the width and height in whose pixels boxes are given. */
  readonly sizes?: string;
}

/** How boxes come out. */
export interface PersonAdapter {
  readonly style: 'yolo' | 'detr' | 'ssd' | 'rows';
  readonly input: AdapterInput;
  /** Names of outputs; `yolo` has `boxes` alone, `ssd` may have `labels`. */
  readonly outputs: { readonly boxes: string; readonly scores?: string; readonly labels?: string };
  /** Index of the class "person"; default 0. */
  readonly person: number;
  /** What the four numbers of a box are. */
  readonly format: 'cxcywh' | 'xyxy' | 'yxyx';
  /** Whether they are pixels of the input or parts of it. */
  readonly unit: 'pixels' | 'parts';
  /** `yolo`: whether boxes lie along the last axis. */
  readonly order: 'rows' | 'columns';
  /** `yolo`: whether a fifth number says how likely it is an object at all. */
  readonly objectness: boolean;
  /** What makes scores of outputs. */
  readonly activation: 'none' | 'sigmoid' | 'softmax';
  /** Boxes that overlap a better one by more than this are dropped; 1 keeps all. */
  readonly suppression: number;
}

const INPUT = object({
  name: v.exactOptional(text(BOUNDS.name)),
  size: heightAndWidth,
  fit: v.optional(oneOf('stretch', 'letterbox'), 'stretch'),
  layout: v.optional(oneOf('nchw', 'nhwc'), 'nchw'),
  channels: v.optional(oneOf('rgb', 'bgr'), 'rgb'),
  mean: v.optional(colourMeans, [0, 0, 0]),
  std: v.optional(colourDeviations, [1, 1, 1]),
});

/** What every style has; `format`, `unit`, `activation` and `suppression` are the style's unless the file says otherwise. */
const fieldsOf = ({
  format,
  unit,
  activation,
  suppression,
}: Pick<PersonAdapter, 'format' | 'unit' | 'activation' | 'suppression'>) => ({
  $schema: v.exactOptional(text()),
  input: INPUT,
  person: v.optional(whole(0, BOUNDS.classes), 0),
  format: v.optional(oneOf('cxcywh', 'xyxy', 'yxyx'), format),
  unit: v.optional(oneOf('pixels', 'parts'), unit),
  order: v.optional(oneOf('columns', 'rows'), 'columns'),
  objectness: v.optional(flag, false),
  activation: v.optional(oneOf('none', 'sigmoid', 'softmax'), activation),
  suppression: v.optional(numberFrom(0, 1), suppression),
});

const output = text(BOUNDS.name);

/** {@link PersonAdapter} as JSON. */
export const adapterSchema = v.variant(
  'style',
  [
    object({
      style: v.literal('yolo'),
      outputs: object({ boxes: output }),
      ...fieldsOf({ format: 'cxcywh', unit: 'pixels', activation: 'none', suppression: 0.5 }),
    }),
    object({
      style: v.literal('detr'),
      outputs: object({ boxes: output, scores: output }),
      ...fieldsOf({ format: 'cxcywh', unit: 'parts', activation: 'softmax', suppression: 1 }),
    }),
    object({
      style: v.literal('ssd'),
      outputs: object({ boxes: output, scores: output, labels: v.exactOptional(output) }),
      ...fieldsOf({ format: 'xyxy', unit: 'parts', activation: 'none', suppression: 0.5 }),
    }),
  ],
  'yolo, detr or ssd',
);

/** Reads an adapter; throws SpecError naming the entry that is wrong. */
export function readAdapter(site: string, text: string): PersonAdapter {
  return readJson(adapterSchema, text, { site });
}
