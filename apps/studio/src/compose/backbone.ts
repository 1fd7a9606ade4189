/** @file The backbone of a pathway: which factory makes it, and of what. */
import {
  c2dPlan,
  csn,
  fastPlan,
  i3dPlan,
  movinet,
  r2plus1d,
  resnet,
  slowPlan,
  x3d,
  type NonLocalPlan,
  type ResidualStage,
  type ResnetBackbone,
} from '@slowfast/backbones';
import type { PathwaySpecification } from './specification.js';

/** A call of a factory of `@slowfast/backbones`; a plan of kernels by its name. */
export interface BackboneCall {
  readonly factory: 'resnet' | 'r2plus1d' | 'csn' | 'x3d' | 'movinet';
  readonly plan?: `${PathwaySpecification['kernels']}Plan`;
  readonly options: Readonly<Record<string, unknown>>;
}

const PLANS = { slowPlan, fastPlan, c2dPlan, i3dPlan };

/** Fields of the form that say nothing of a backbone. */
export function unusedFields({
  backbone,
}: PathwaySpecification): readonly (keyof PathwaySpecification)[] {
  if (backbone === 'resnet') return [];
  if (backbone === 'x3d') return ['depth', 'kernels', 'nonLocal'];
  if (backbone.startsWith('movinet')) return ['depth', 'kernels', 'nonLocal', 'beta'];
  return ['kernels'];
}

/** How the backbone of a pathway of so many channels is made, with as many frames after it as before. */
export function backboneCall(own: PathwaySpecification, width: number): BackboneCall {
  const { backbone, depth, kernels } = own;
  const nonLocal = nonLocalPlan(own);
  const residual = { depth, width, ...(nonLocal ? { nonLocal } : {}) };
  const asLong = { temporalStrides: {} };
  switch (backbone) {
    case 'resnet':
      return { factory: 'resnet', plan: `${kernels}Plan`, options: residual };
    case 'r2plus1d': {
      const sizes = { stemPool: true, spatialStrides: {} };
      return { factory: 'r2plus1d', options: { ...residual, ...asLong, ...sizes } };
    }
    case 'ir-csn':
    case 'ip-csn': {
      const interactions = backbone.slice(0, 2);
      return { factory: 'csn', options: { ...residual, interactions, ...asLong } };
    }
    case 'x3d':
      return { factory: 'x3d', options: { width } };
    default:
      return { factory: 'movinet', options: { variant: backbone.slice(-2) } };
  }
}

/** Makes it. Throws what the factory throws. */
export function madeBackbone({ factory, plan, options }: BackboneCall): ResnetBackbone {
  const factories = { resnet, r2plus1d, csn, x3d, movinet };
  const make = factories[factory] as (options: object) => ResnetBackbone;
  return make({ ...options, ...(plan ? { temporalKernels: PLANS[plan] } : {}) });
}

/** Which residual blocks non-local ones follow on: the last of a stage's, and every sixth before. */
function nonLocalPlan({ depth, nonLocal }: PathwaySpecification): NonLocalPlan | undefined {
  if (nonLocal === 'none') return undefined;
  const counts = depth === 18 ? [2, 2] : depth === 101 ? [4, 23] : depth === 152 ? [8, 36] : [4, 6];
  const after = (['res3', 'res4'] as const).flatMap((stage: ResidualStage, i) => {
    if (!nonLocal.includes(stage)) return [];
    const blocks: number[] = [];
    for (let block = counts[i]! - 1; block >= 0; block -= 6) blocks.unshift(block);
    return [[stage, blocks] as const];
  });
  return { after: Object.fromEntries(after), similarity: 'dot-product' };
}
