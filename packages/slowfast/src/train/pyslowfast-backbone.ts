/** @file The network of a PySlowFast configuration that is no residual one of the paper: X3D, R(2+1)D, channel-separated. */
import { SpecError, valueText } from '@slowfast/core';
import { ARCHITECTURES, modelNames, type ModelZoo } from '@slowfast/models';
import type { TrainingConfig } from '@slowfast/training';
import type { PySlowFastEntries } from './pyslowfast-schema.js';

/** The part of a recipe that says the network, and what it leaves out. */
export interface CarriedModel {
  readonly model: Partial<TrainingConfig['model']>;
  readonly left: readonly string[];
}

/** `MODEL.ARCH` and `MODEL_NAME`s by family; PySlowFast's own X3D normalises shortcuts that PyTorchVideo's does not. */
const FAMILIES = {
  x3d: { arch: 'x3d', names: ['X3D', 'PTVX3D'] },
  'ir-csn': { arch: 'csn', names: ['PTVCSN'] },
  r2plus1d: { arch: 'r2plus1d', names: ['PTVR2plus1D'] },
} as const;
type Family = keyof typeof FAMILIES;

/** The values of `MODEL.ARCH` that are these. */
export const OTHER_ARCHES: readonly string[] = Object.values(FAMILIES).map(({ arch }) => arch);

/** What the published X3D networks have in common. */
const X3D = {
  ...{ WIDTH_FACTOR: 2, BOTTLENECK_FACTOR: 2.25, DIM_C1: 12, DIM_C5: 2048 },
  ...{ SCALE_RES2: false, BN_LIN5: false, CHANNELWISE_3x3x3: true },
} as const;

/** The model of the catalog with this structure. Throws {@link SpecError} for one that was not published. */
export function backboneModel(entries: PySlowFastEntries, site: string): CarriedModel {
  const { MODEL, RESNET, X3D: factors } = entries;
  const [family, { names }] = (
    Object.entries(FAMILIES) as [Family, { arch: string; names: readonly string[] }][]
  ).find(([, { arch }]) => arch === MODEL.ARCH)!;
  const refuse = (key: string, expected: string, received: unknown): never => {
    throw new SpecError({ site: `${site}: ${key}`, expected, received: valueText(received) });
  };
  if (!names.includes(MODEL.MODEL_NAME)) {
    refuse('MODEL.MODEL_NAME', `${names.join(' or ')} for ${MODEL.ARCH}`, MODEL.MODEL_NAME);
  }
  const isX3d = family === 'x3d';
  for (const [key, value] of isX3d ? Object.entries(X3D) : []) {
    const own = factors[key as keyof typeof X3D];
    if (own !== value) refuse(`X3D.${key}`, `${value}, which is what is built`, own);
  }
  const own = modelNames().filter((name) => {
    const architecture = ARCHITECTURES[name];
    if (architecture.kind !== 'backbone' || architecture.family !== family) return false;
    const zoos: readonly ModelZoo[] = architecture.zoos;
    return zoos.includes('pyslowfast');
  });
  const sizeOf = (name: (typeof own)[number]): number | undefined => {
    const architecture = ARCHITECTURES[name];
    if (architecture.kind !== 'backbone') return undefined;
    return isX3d ? architecture.depthFactor : architecture.depth;
  };
  const size = isX3d ? factors.DEPTH_FACTOR : RESNET.DEPTH;
  // Those of one depth differ in their clips alone, which the recipe says.
  const fitting = own.filter((name) => sizeOf(name) === size);
  const { NUM_FRAMES: frames } = entries.DATA;
  const name = fitting.find((one) => ARCHITECTURES[one].frames === frames) ?? fitting[0];
  if (name === undefined) {
    const sizes = [...new Set(own.map(sizeOf))].join(' or ');
    return refuse(isX3d ? 'X3D.DEPTH_FACTOR' : 'RESNET.DEPTH', sizes, size);
  }
  const { DROPOUT_RATE: dropout } = MODEL;
  return {
    model: { name, ...(MODEL.MODEL_NAME === 'X3D' ? { zoo: 'pyslowfast' } : {}) },
    left: dropout === 0.5 ? [] : [`MODEL.DROPOUT_RATE ${dropout} (it is 0.5)`],
  };
}
