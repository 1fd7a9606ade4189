/** @file What the Compose tab composes, as plain data: checked, shown as a form, and kept in the page's address. */
import * as v from 'valibot';

const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const ratio = v.pipe(v.number(), v.minValue(1 / 64), v.maxValue(64));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(40));

/** Stages of every backbone here. */
export const STAGES = ['stem', 'res2', 'res3', 'res4', 'res5'] as const;

/** Backbones that are pathways as they are: none changes the number of frames. */
export const BACKBONES = [
  ...(['resnet', 'r2plus1d', 'ir-csn', 'ip-csn', 'x3d'] as const),
  ...(['movinet-a0', 'movinet-a1', 'movinet-a2'] as const),
] as const;

/** One pathway. */
export const pathwaySchema = v.object({
  name,
  backbone: v.picklist(BACKBONES),
  depth: v.picklist([18, 34, 50, 101, 152]),
  kernels: v.picklist(['slow', 'fast', 'c2d', 'i3d']),
  /** α: its frames over T. */
  alpha: ratio,
  /** β: its channels over the width. */
  beta: ratio,
  nonLocal: v.picklist(['none', 'res3', 'res4', 'res3 and res4']),
  inHead: v.boolean(),
});

/** One lateral connection. */
export const lateralSchema = v.object({
  from: name,
  to: name,
  after: v.array(v.picklist(STAGES)),
  kind: v.picklist(['time-strided-conv', 'time-strided-sample', 'time-to-channel']),
  kernel: v.picklist([3, 5, 7, 9]),
  merge: v.picklist(['concat', 'sum']),
});

/** What all pathways have in common. */
export const networkSchema = v.object({
  name,
  size: whole(16, 512),
  frames: whole(1, 256),
  stride: whole(1, 128),
  width: whole(1, 512),
  classes: whole(1, 10_000),
  dropout: v.pipe(v.number(), v.minValue(0), v.maxValue(0.95)),
});

/** A whole network. */
export const specificationSchema = v.object({
  network: networkSchema,
  pathways: v.pipe(v.array(pathwaySchema), v.minLength(1), v.maxLength(6)),
  laterals: v.pipe(v.array(lateralSchema), v.maxLength(12)),
});

/** What {@link pathwaySchema} holds. */
export type PathwaySpecification = v.InferOutput<typeof pathwaySchema>;
/** What {@link lateralSchema} holds. */
export type LateralSpecification = v.InferOutput<typeof lateralSchema>;
/** What {@link specificationSchema} holds. */
export type Specification = v.InferOutput<typeof specificationSchema>;

const slow: PathwaySpecification = {
  name: 'slow',
  backbone: 'resnet',
  depth: 50,
  kernels: 'slow',
  alpha: 1,
  beta: 1,
  nonLocal: 'none',
  inHead: true,
};
const fast: PathwaySpecification = {
  ...slow,
  name: 'fast',
  kernels: 'fast',
  alpha: 8,
  beta: 1 / 8,
};
const toSlow: LateralSpecification = {
  from: 'fast',
  to: 'slow',
  after: ['stem', 'res2', 'res3', 'res4'],
  kind: 'time-strided-conv',
  kernel: 5,
  merge: 'concat',
};
const network = {
  name: 'my-slowfast',
  size: 224,
  frames: 4,
  stride: 16,
  width: 64,
  classes: 400,
  dropout: 0.5,
};

/** Networks to begin with. */
export const PRESETS: Readonly<Record<string, Specification>> = {
  'SlowFast 4×16, R50': { network, pathways: [slow, fast], laterals: [toSlow] },
  'SlowFast 8×8, R50': {
    network: { ...network, frames: 8, stride: 8 },
    pathways: [slow, { ...fast, alpha: 4 }],
    laterals: [{ ...toSlow, kernel: 7 }],
  },
  'SlowFast 16×8, R101 with non-local blocks': {
    network: { ...network, frames: 16, stride: 8 },
    pathways: [
      { ...slow, depth: 101, nonLocal: 'res4' },
      { ...fast, depth: 101, alpha: 4 },
    ],
    laterals: [toSlow],
  },
  'Slow-only 8×8, R50': {
    network: { ...network, name: 'slow-only', frames: 8, stride: 8 },
    pathways: [slow],
    laterals: [],
  },
  'Small: 18 layers, 112²': {
    network: { ...network, name: 'small', size: 112, width: 32, classes: 6 },
    pathways: [
      { ...slow, depth: 18 },
      { ...fast, depth: 18 },
    ],
    laterals: [toSlow],
  },
  'Slow of R50, Fast of X3D': {
    network: { ...network, name: 'slow-r50-fast-x3d' },
    pathways: [slow, { ...fast, backbone: 'x3d' }],
    laterals: [{ ...toSlow, after: ['res2', 'res3', 'res4'] }],
  },
  'Three pathways, both directions': {
    network: { ...network, name: 'three-pathways' },
    pathways: [slow, { ...fast, name: 'middle', alpha: 2, beta: 1 / 4 }, fast],
    laterals: [
      toSlow,
      { ...toSlow, from: 'middle' },
      { ...toSlow, to: 'middle', after: ['res2', 'res3'] },
    ],
  },
};

/** The network that the tab begins with. */
export const FIRST: Specification = PRESETS['SlowFast 4×16, R50']!;

/** A specification as text for the page's address. */
export const specificationText = (specification: Specification): string =>
  encodeURIComponent(JSON.stringify(specification));

/** The specification of such a text; the reason where it is none. */
export function readSpecification(text: string): Specification | { readonly reason: string } {
  try {
    const result = v.safeParse(specificationSchema, JSON.parse(decodeURIComponent(text)));
    if (result.success) return result.output;
    const [issue] = result.issues;
    return { reason: `${v.getDotPath(issue) ?? 'specification'}: ${issue.message}` };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}
