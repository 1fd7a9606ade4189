/**
 * @file The description of a person detector: how an ONNX file of any origin takes frames and gives boxes.
 * Three styles cover the common ones:
 *
 * - `yolo`: one output of rows (or columns) cx, cy, w, h, [objectness,] class scores, in input pixels.
 * - `detr`: `boxes` of rows cx, cy, w, h in parts of the frame, and `scores` of class logits; with softmax the
 *   last class is "nothing".
 * - `ssd`: `boxes` of two corners and `scores` a row, either one with `labels` beside it, or one a class.
 */
import {
  asChoice,
  asList,
  asNumber,
  asNumbers,
  asRecord,
  asText,
  mismatch,
  parseJson,
} from './json.js';

/** How frames go in. */
export interface AdapterInput {
  /** Name; default the only input. */
  readonly name?: string;
  readonly size: readonly [height: number, width: number];
  /** `stretch` the frame to the size, or `letterbox`: keep its aspect and pad (grey, 114) around it. */
  readonly fit: 'stretch' | 'letterbox';
  readonly layout: 'nchw' | 'nhwc';
  readonly channels: 'rgb' | 'bgr';
  /** The network gets (level / 255 − mean) / std. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** How boxes come out. */
export interface PersonAdapter {
  readonly style: 'yolo' | 'detr' | 'ssd';
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

/** What each style has unless it says otherwise. */
const STYLES = {
  yolo: {
    format: 'cxcywh',
    unit: 'pixels',
    activation: 'none',
    suppression: 0.5,
    outputs: ['boxes'],
  },
  detr: {
    format: 'cxcywh',
    unit: 'parts',
    activation: 'softmax',
    suppression: 1,
    outputs: ['boxes', 'scores'],
  },
  ssd: {
    format: 'xyxy',
    unit: 'parts',
    activation: 'none',
    suppression: 0.5,
    outputs: ['boxes', 'scores', 'labels'],
  },
} as const;

const ENTRIES =
  'style input outputs person format unit order objectness activation suppression'.split(' ');
const INPUT_ENTRIES = 'name size fit layout channels mean std'.split(' ');

/** Reads an adapter; throws SpecError naming the entry that is wrong. */
export function readAdapter(site: string, text: string): PersonAdapter {
  const root = asRecord(site, parseJson(site, text), ENTRIES);
  if (root['style'] === undefined) mismatch(`${site}: style`, 'yolo, detr or ssd', undefined);
  const style = asChoice(`${site}: style`, root['style'], ['yolo', 'detr', 'ssd']);
  const preset = STYLES[style];
  const first = <const T extends string>(own: T, all: readonly T[]): [T, ...T[]] => [own, ...all];
  return {
    style,
    input: readInput(`${site}: input`, root['input']),
    outputs: readOutputs(`${site}: outputs`, root['outputs'], preset.outputs),
    person: asNumber(`${site}: person`, root['person'] ?? 0),
    format: asChoice(
      `${site}: format`,
      root['format'],
      first(preset.format, ['cxcywh', 'xyxy', 'yxyx']),
    ),
    unit: asChoice(`${site}: unit`, root['unit'], first(preset.unit, ['pixels', 'parts'])),
    order: asChoice(`${site}: order`, root['order'], ['columns', 'rows']),
    objectness: root['objectness'] === true,
    activation: asChoice(
      `${site}: activation`,
      root['activation'],
      first(preset.activation, ['none', 'sigmoid', 'softmax']),
    ),
    suppression: asNumber(`${site}: suppression`, root['suppression'] ?? preset.suppression),
  };
}

function readInput(site: string, value: unknown): AdapterInput {
  const input = asRecord(site, value, INPUT_ENTRIES);
  const [height, width] = asNumbers(`${site}.size`, input['size'], 2) as [number, number];
  const isSide = (side: number): boolean => Number.isInteger(side) && side >= 1 && side <= 8192;
  if (![height, width].every(isSide)) {
    mismatch(`${site}.size`, 'height and width in pixels', input['size']);
  }
  const std = asNumbers(`${site}.std`, input['std'] ?? [1, 1, 1], 3);
  if (std.some((part) => part <= 0)) mismatch(`${site}.std`, 'positive numbers', std);
  return {
    ...(input['name'] === undefined ? {} : { name: asText(`${site}.name`, input['name']) }),
    size: [height, width],
    fit: asChoice(`${site}.fit`, input['fit'], ['stretch', 'letterbox']),
    layout: asChoice(`${site}.layout`, input['layout'], ['nchw', 'nhwc']),
    channels: asChoice(`${site}.channels`, input['channels'], ['rgb', 'bgr']),
    mean: asNumbers(`${site}.mean`, input['mean'] ?? [0, 0, 0], 3),
    std,
  };
}

function readOutputs(
  site: string,
  value: unknown,
  known: readonly string[],
): PersonAdapter['outputs'] {
  const outputs = asRecord(site, value, known);
  const names = known.flatMap((key) => {
    if (outputs[key] === undefined && key === 'labels') return [];
    return [[key, asText(`${site}.${key}`, outputs[key])] as const];
  });
  asList(site, names);
  return Object.fromEntries(names) as unknown as PersonAdapter['outputs'];
}
