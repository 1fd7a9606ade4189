/** @file Names of PyTorchVideo's X3D, R(2+1)D and CSN, whose pathway is called `slow` here. */
import { checkArguments } from '@slowfast/core';
import {
  nameTemplate,
  type NameTemplate,
  type ParameterKind,
  type Spelling,
} from './name-template.js';

/** Backbones whose published weights have names of their own. */
export type NamedBackbone = 'x3d' | 'r2plus1d' | 'csn';

type Pair = readonly [kind: ParameterKind, theirs: string, ours: string];

const BLOCK = 'blocks.{n}.res_blocks.{i}';

/** The parts that all three have. */
const COMMON: readonly Pair[] = [
  ['stem.norm', 'blocks.0.norm.{f}', 'slow.stem.norm.{f}'],
  ['shortcut.conv', `${BLOCK}.branch1_conv.weight`, 'slow.res{n}.{i}.shortcut.conv.weight'],
  ['shortcut.norm', `${BLOCK}.branch1_norm.{f}`, 'slow.res{n}.{i}.shortcut.norm.{f}'],
  ['unit.conv', `${BLOCK}.branch2.conv_{u}.weight`, 'slow.res{n}.{i}.{u}.conv.weight'],
  ['unit.norm', `${BLOCK}.branch2.norm_{u}.{f}`, 'slow.res{n}.{i}.{u}.norm.{f}'],
  ['head', 'blocks.5.proj.{f}', 'head.projection.{f}'],
];

const STEM: Pair = ['stem.conv', 'blocks.0.conv.weight', 'slow.stem.conv.weight'];

const PAIRS: Readonly<Record<NamedBackbone, readonly Pair[]>> = {
  csn: [STEM, ...COMMON],
  r2plus1d: [
    STEM,
    ['unit.conv', `${BLOCK}.branch2.conv_b.conv_t.weight`, 'slow.res{n}.{i}.b.time.conv.weight'],
    ['unit.norm', `${BLOCK}.branch2.conv_b.norm.{f}`, 'slow.res{n}.{i}.b.time.norm.{f}'],
    ['unit.conv', `${BLOCK}.branch2.conv_b.conv_xy.weight`, 'slow.res{n}.{i}.b.conv.weight'],
    ...COMMON,
  ],
  x3d: [
    // The one that looks along time is called xy there.
    ['stem.conv', 'blocks.0.conv.conv_t.weight', 'slow.stem.spatial.weight'],
    ['stem.conv', 'blocks.0.conv.conv_xy.weight', 'slow.stem.conv.weight'],
    ['unit.norm', `${BLOCK}.branch2.norm_b.0.{f}`, 'slow.res{n}.{i}.b.norm.{f}'],
    ['head', `${BLOCK}.branch2.norm_b.1.block.0.{f}`, 'slow.res{n}.{i}.squeeze.reduce.{f}'],
    ['head', `${BLOCK}.branch2.norm_b.1.block.2.{f}`, 'slow.res{n}.{i}.squeeze.expand.{f}'],
    ['stem.conv', 'blocks.5.pool.pre_conv.weight', 'head.expand.conv.weight'],
    ['stem.norm', 'blocks.5.pool.pre_norm.{f}', 'head.expand.norm.{f}'],
    ['stem.conv', 'blocks.5.pool.post_conv.weight', 'head.hidden.weight'],
    ...COMMON,
  ],
};

/** Stages counted from 1 for res2. */
const THEIRS: Spelling = { n: { '2': '1', '3': '2', '4': '3', '5': '4' } };

const templates = (kind: NamedBackbone): readonly (readonly [NameTemplate, NameTemplate])[] =>
  PAIRS[kind].map(([parameter, theirs, ours]) => [
    nameTemplate(parameter, theirs, THEIRS),
    nameTemplate(parameter, ours),
  ]);

/**
 * This project's name for one of PyTorchVideo's in a network of one pathway, or `undefined` where it has no such
 * parameter: what `renamedStore` takes.
 *
 * @example
 * const weights = renamedStore(store, (name) => fromBackboneName('x3d', name));
 */
export function fromBackboneName(kind: NamedBackbone, name: string): string | undefined {
  checkArguments('fromBackboneName', { kind: [kind, 'string'], name: [name, 'string'] });

  for (const [theirs, ours] of templates(kind)) {
    const slots = theirs.parse(name);
    if (slots) return ours.format(slots);
  }
  return undefined;
}

/** PyTorchVideo's name for one of this project's, or `undefined` where it has no such parameter. */
export function toBackboneName(kind: NamedBackbone, name: string): string | undefined {
  checkArguments('toBackboneName', { kind: [kind, 'string'], name: [name, 'string'] });

  for (const [theirs, ours] of templates(kind)) {
    const slots = ours.parse(name);
    const formatted = slots && theirs.format(slots);
    if (formatted !== undefined) return formatted;
  }
  return undefined;
}
