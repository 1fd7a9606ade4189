/** @file The network of a PySlowFast configuration, as a recipe names it. */
import { SpecError } from '@slowfast/core';
import { archOf } from '@slowfast/checkpoints';
import { ARCHITECTURES, modelNames, type Architecture } from '@slowfast/models';
import { backboneModel, OTHER_ARCHES, type CarriedModel } from './pyslowfast-backbone.js';
import type { PySlowFastEntries } from './pyslowfast-schema.js';

/** Blocks of res4 by depth. */
const RES4_BLOCKS: Readonly<Record<number, number>> = { 18: 2, 34: 6, 50: 6, 101: 23, 152: 36 };

/** A model of the catalog where one has this structure, else one composed of these numbers. */
export function pySlowFastModel(entries: PySlowFastEntries, site: string): CarriedModel {
  const { RESNET, SLOWFAST, MODEL } = entries;
  if (OTHER_ARCHES.includes(MODEL.ARCH)) return backboneModel(entries, site);
  const isPair = MODEL.ARCH === 'slowfast';
  const dropout = MODEL.DROPOUT_RATE;
  const { DEPTH: depth, WIDTH_PER_GROUP: width } = RESNET;
  checkBlocks(depth, RESNET.TRANS_FUNC, site);
  const numbers = {
    width,
    ...(isPair
      ? {
          alpha: SLOWFAST.ALPHA,
          beta: 1 / SLOWFAST.BETA_INV,
          lateralKernel: SLOWFAST.FUSION_KERNEL_SZ,
        }
      : {}),
  };
  const isComposed = isComposable(entries);
  const [name] = modelNames()
    .filter((candidate) => isOf(ARCHITECTURES[candidate], entries))
    .sort((a, b) => likeness(ARCHITECTURES[b], entries) - likeness(ARCHITECTURES[a], entries));
  if (name !== undefined && (dropout === 0.5 || !isComposed)) {
    const rest = dropout === 0.5 ? [] : [`MODEL.DROPOUT_RATE ${dropout} (it is 0.5)`];
    return { model: { name, ...numbers }, left: rest };
  }
  if (isComposed) {
    const kind = isPair ? ({ kind: 'slowfast' } as const) : ({ kind: 'slow', alpha: 1 } as const);
    return { model: { ...numbers, ...kind, depth, dropout }, left: [] };
  }
  throw new SpecError({
    site: `${site}: MODEL.ARCH`,
    expected: 'a network that can be built: slowfast, slow, i3d or c2d, as the model zoo has them',
    received: `${MODEL.ARCH} of depth ${depth}${hasBlocks(entries) ? ' with non-local blocks' : ''}`,
    remedy: '`slowfast models` lists those with names',
  });
}

/** Temporal kernels in every block, and no blocks besides. */
const isComposable = (entries: PySlowFastEntries): boolean =>
  ['slowfast', 'slow'].includes(entries.MODEL.ARCH) &&
  !hasBlocks(entries) &&
  temporalBlocks(entries).every((blocks) => blocks === RES4_BLOCKS[entries.RESNET.DEPTH]);

const hasBlocks = (entries: PySlowFastEntries): boolean => places(entries) !== '{}';

function checkBlocks(depth: number, kind: string, site: string): void {
  const transform = depth < 50 ? 'basic_transform' : 'bottleneck_transform';
  if (kind === transform) return;
  throw new SpecError({
    site: `${site}: RESNET.TRANS_FUNC`,
    expected: `${transform} for a depth of ${depth}`,
    received: kind,
  });
}

/** Whether a model of the catalog is what a configuration builds, but for its numbers. */
function isOf(architecture: Architecture, entries: PySlowFastEntries): boolean {
  const { MODEL, RESNET, NONLOCAL } = entries;
  const arch = MODEL.MODEL_NAME === 'ResNet_nopool' ? `${MODEL.ARCH}-nopool` : MODEL.ARCH;
  // Their recipes have sections of their own: `backboneModel`.
  if (architecture.kind === 'backbone') return false;
  const { depth, nonLocal, regions } = architecture;
  if (architecture.kind === 'audiovisual' || architecture.kind === 'pose') return false;
  const isPair = architecture.kind === 'slowfast';
  if (regions || archOf(architecture) !== arch || depth !== RESNET.DEPTH) return false;
  if (isPair && architecture.fastDepth !== undefined) return false;
  const plans = isPair
    ? [architecture.slowKernels, architecture.fastKernels]
    : [architecture.kernels];
  const blocks = plans.map(({ res4 }) =>
    typeof res4 === 'object' && 'blocks' in res4 ? res4.blocks : RES4_BLOCKS[depth],
  );
  // Kernels of one frame are the same in any number of blocks.
  const isFlat = plans.every(({ res4 }) => res4 === 1);
  if (!isFlat && blocks.join() !== temporalBlocks(entries).join()) return false;
  if (JSON.stringify(nonLocal?.after ?? {}) !== places(entries)) return false;
  if (!nonLocal) return true;
  const similarity = NONLOCAL.INSTANTIATION === 'softmax' ? 'softmax' : 'dot-product';
  const pools = NONLOCAL.POOL.filter((_, stage) => (NONLOCAL.LOCATION[stage]?.[0] as [])?.length);
  const pool = JSON.stringify(nonLocal.pool ?? [1, 2, 2]);
  return similarity === nonLocal.similarity && pools.every(([own]) => JSON.stringify(own) === pool);
}

/** In how many of the numbers that a recipe says anyway a model is the same. */
function likeness(architecture: Architecture, { DATA, SLOWFAST }: PySlowFastEntries): number {
  const alpha = architecture.kind === 'slowfast' && architecture.alpha === SLOWFAST.ALPHA;
  const { frames, stride } = architecture;
  return [alpha, frames === DATA.NUM_FRAMES, stride === DATA.SAMPLING_RATE].filter(Boolean).length;
}

/** The blocks of res4 that have a temporal kernel, by pathway. */
function temporalBlocks({ RESNET, MODEL }: PySlowFastEntries): readonly number[] {
  const pathways = MODEL.ARCH === 'slowfast' ? 2 : 1;
  const all = RES4_BLOCKS[RESNET.DEPTH]!;
  const [, , res4 = []] = RESNET.NUM_BLOCK_TEMP_KERNEL;
  return Array.from({ length: pathways }, (_, i) => Math.min(Number(res4[i] ?? 6), all));
}

/** Where non-local blocks are, as the catalog says it; only Slow has any. */
function places({ NONLOCAL }: PySlowFastEntries): string {
  const stages = NONLOCAL.LOCATION.map(([slow], i) => [`res${i + 2}`, slow] as const);
  return JSON.stringify(
    Object.fromEntries(stages.filter(([, slow]) => Array.isArray(slow) && slow.length > 0)),
  );
}
