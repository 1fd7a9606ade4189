/**
 * @file Detectors that need no adapter: the exports that people have are told apart by the names, types and sizes of
 * what they take and give.
 */
import { SpecError, type CompiledModel, type HostTensor, type Shape } from '@slowfast/core';
import { sizesTensor } from './person-detector.js';
import type { AdapterInput, PersonAdapter } from './person-adapter.js';

/** A detector that was recognised. */
export interface DetectorPreset {
  readonly kind: 'yolo' | 'rt-detr' | 'detr' | 'torchvision';
  /** What its outputs were read as. */
  readonly outputs: string;
  readonly adapter: PersonAdapter;
  /** Least score of a box, unless another is asked for. */
  readonly threshold: number;
}

/** Side of the input where the file leaves it free: what the exporters of YOLO and DETR choose. */
const SIDE = 640;
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

const PLAIN = {
  person: 0,
  order: 'rows',
  objectness: false,
  activation: 'none',
  suppression: 1,
} as const satisfies Partial<PersonAdapter>;

type Outputs = Readonly<Record<string, HostTensor>>;

/** How a detector takes frames and gives people; runs it once on grey. Throws {@link SpecError} for one that is not known. */
export async function presetOf(model: CompiledModel, site: string): Promise<DetectorPreset> {
  const [images, sizes, ...others] = Object.entries(model.inputs);
  const isKnown = others.length === 0 && (!sizes || sizes[0] === 'orig_target_sizes');
  if (!images || !isKnown)
    throw unknown(site, `the inputs ${Object.keys(model.inputs).join(', ')}`);
  const input = inputOf(images[0], images[1], site);
  const { size } = input;
  const [height, width] = size === 'frame' ? [SIDE, SIDE] : size;
  const shape = input.layout === 'nhwc' ? [height, width, 3] : [3, height, width];
  const rank = images[1].length;
  const outputs = await model.run({
    [images[0]]: {
      ...{ dtype: 'float32', shape: rank === 3 ? shape : [1, ...shape] },
      data: new Float32Array(3 * height * width).fill(0.5),
    },
    ...(sizes && { [sizes[0]]: sizesTensor(width, height) }),
  });
  const preset =
    yolo(input, outputs) ?? detr(input, outputs) ?? labelled(input, outputs, sizes?.[0]);
  return preset ?? unknownOutputs(site, outputs);
}

function inputOf(name: string, shape: readonly (number | string)[], site: string): AdapterInput {
  const axes = shape.slice(-3);
  const layout = axes[2] === 3 && axes[0] !== 3 ? 'nhwc' : 'nchw';
  const [height, width] = layout === 'nhwc' ? axes : axes.slice(1);
  if (axes.length < 3 || shape.length > 4) throw unknown(site, `the input [${shape.join(', ')}]`);
  const side = (length: number | string | undefined): number =>
    typeof length === 'number' && length > 0 ? length : SIDE;
  return {
    ...{ name, layout, size: [side(height), side(width)] },
    ...{ fit: 'letterbox', channels: 'rgb', mean: [0, 0, 0], std: [1, 1, 1] },
    ...(shape.length === 3 ? { single: true } : {}),
    ...(typeof height === 'string' ? { free: true } : {}),
  };
}

/** Places of a grid of 1 / 8, 1 / 16 and 1 / 32 of the input. */
const gridSize = ([height, width]: readonly [number, number]): number =>
  [8, 16, 32].reduce(
    (sum, stride) => sum + Math.ceil(height / stride) * Math.ceil(width / stride),
    0,
  );

/** One output of boxes with scores of classes; a segmenter's masks beside it are left. */
function yolo(input: AdapterInput, outputs: Outputs): DetectorPreset | undefined {
  const found = Object.entries(outputs).filter(([, { shape }]) => shape.length === 3);
  const others = Object.values(outputs).filter(({ shape }) => shape.length !== 3);
  if (found.length !== 1 || others.some(({ shape }) => shape.length !== 4)) return undefined;
  const [name, { shape }] = found[0]!;
  const [, a, b] = shape as [number, number, number];
  const grid = gridSize(fixedSize(input));
  const base = { ...PLAIN, style: 'yolo', format: 'cxcywh', outputs: { boxes: name } } as const;
  const of = (text: string, own: Partial<PersonAdapter>): DetectorPreset => ({
    ...{ kind: 'yolo', threshold: 0.5, outputs: `${name} ${text}` },
    adapter: { ...base, input, unit: 'pixels', suppression: 0.5, ...own },
  });
  if (b === grid && a > 4)
    return of(`[1, 4 + ${a - 4}, ${b}] (YOLOv8, YOLO11)`, { order: 'columns' });
  if (a === 3 * grid && b > 5) {
    return of(`[1, ${a}, 5 + ${b - 5}] (YOLOv5, YOLOv7)`, { objectness: true });
  }
  if (b === 6 && a <= 1000) {
    const columns = { style: 'rows', format: 'xyxy', suppression: 1 } as const;
    return of(`[1, ${a}, 6] (YOLOv10, or YOLO with its suppression inside)`, columns);
  }
  // Ultralytics' RT-DETR: parts of a frame that was stretched, scores after the sigmoid.
  if (a <= 1000 && b > 6) {
    return {
      ...{ kind: 'rt-detr', threshold: 0.5, outputs: `${name} [1, ${a}, 4 + ${b - 4}]` },
      adapter: { ...base, unit: 'parts', input: { ...input, fit: 'stretch' } },
    };
  }
  return undefined;
}

/** `pred_boxes` and `logits`, as the models of transformers give them. */
function detr(input: AdapterInput, outputs: Outputs): DetectorPreset | undefined {
  const { pred_boxes: boxes, logits } = outputs;
  const classes = logits?.shape.at(-1);
  if (!boxes || classes === undefined) return undefined;
  const adapter = {
    ...PLAIN,
    style: 'detr',
    format: 'cxcywh',
    unit: 'parts',
    outputs: { boxes: 'pred_boxes', scores: 'logits' },
  } as const;
  const text = `pred_boxes, logits of ${classes}`;
  const stretched = { ...input, fit: 'stretch' } as const;
  // DETR has COCO's 91 numbers, person 1, and "nothing"; RT-DETR its 80 classes, each yes or no.
  if (classes === 92) {
    const own = { person: 1, activation: 'softmax', input: { ...stretched, ...IMAGENET } } as const;
    return { kind: 'detr', threshold: 0.8, outputs: text, adapter: { ...adapter, ...own } };
  }
  if (classes !== 80) return undefined;
  const own = { activation: 'sigmoid', input: stretched } as const;
  return { kind: 'rt-detr', threshold: 0.5, outputs: text, adapter: { ...adapter, ...own } };
}

/** Boxes, a label and a score each, in whatever order and by whatever names: told apart by type and shape. */
function labelled(
  input: AdapterInput,
  outputs: Outputs,
  sizes: string | undefined,
): DetectorPreset | undefined {
  const entries = Object.entries(outputs);
  const named = (is: (tensor: HostTensor) => boolean): string | undefined => {
    const names = entries.filter(([, tensor]) => is(tensor));
    return names.length === 1 ? names[0]![0] : undefined;
  };
  const isList = (shape: Shape): boolean => shape.length === (sizes === undefined ? 1 : 2);
  const boxes = named(
    ({ dtype, shape }) => dtype === 'float32' && !isList(shape) && shape.at(-1) === 4,
  );
  const labels = named(({ dtype, shape }) => dtype !== 'float32' && isList(shape));
  const scores = named(({ dtype, shape }) => dtype === 'float32' && isList(shape));
  if (boxes === undefined || labels === undefined || scores === undefined) return undefined;
  const adapter = {
    ...PLAIN,
    style: 'ssd',
    format: 'xyxy',
    unit: 'pixels',
    outputs: { boxes, scores, labels },
  } as const;
  const text = `${boxes} (boxes), ${labels} (labels), ${scores} (scores)`;
  if (sizes !== undefined) {
    const own = { input: { ...input, fit: 'stretch', sizes } } as const;
    return { kind: 'rt-detr', threshold: 0.5, outputs: text, adapter: { ...adapter, ...own } };
  }
  // torchvision resizes inside; where the file takes any size it gets the frame's own.
  const own = {
    person: 1,
    input: { ...input, fit: 'stretch', size: input.free ? 'frame' : input.size },
  } as const;
  return { kind: 'torchvision', threshold: 0.8, outputs: text, adapter: { ...adapter, ...own } };
}

const fixedSize = ({ size }: AdapterInput): readonly [number, number] =>
  size === 'frame' ? [SIDE, SIDE] : size;

function unknownOutputs(site: string, outputs: Outputs): never {
  const text = Object.entries(outputs).map(([name, { shape }]) => `${name} [${shape.join(', ')}]`);
  throw unknown(site, `the outputs ${text.join(', ')}`);
}

const unknown = (site: string, received: string): SpecError =>
  new SpecError({
    site,
    expected: 'a detector as YOLO, RT-DETR, DETR or torchvision export it',
    received,
    remedy: 'Say by --adapter FILE.json how it takes frames and gives boxes',
  });
