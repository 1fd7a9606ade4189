/** @file Recognises a zoo by its names, and maps names between every zoo and this project. */
import { checkArguments, WeightError } from '@slowfast/core';

import type { NameTemplate, Slots, Trunk } from './name-template.js';
import type { Zoo } from './zoo-grammars.js';
import { ZOO_GRAMMARS, ownGrammar } from './zoo-grammars.js';

/** What a name map has to know about a model besides the name. */
export interface ZooLayout {
  /** `['slow', 'fast']`, or the one pathway of a one-pathway model. */
  readonly pathways: readonly string[];
  /** Residual blocks of res2 to res5, by pathway; Caffe2 names laterals after the last one. */
  readonly blocks: Readonly<Record<string, readonly number[]>>;
  /** Whether blocks have three convolutions (a, b, c) or two. */
  readonly block: 'basic' | 'bottleneck';
  readonly head: 'recognition' | 'detection';
  /** Whether the pooling after res2 is a block of its own: PyTorchVideo's C2D and I3D. */
  readonly poolBlock: boolean;
  /** What kind of network it is, where its names tell: only mmaction2 names channel-separated ones apart from residual ones. */
  readonly trunk: Trunk;
}

/** Every zoo, in the order in which they are tried. */
export const ZOOS = [
  'slowfast',
  'pyslowfast',
  'pytorchvideo',
  'mmaction2',
  'gluoncv',
  'caffe2',
] as const satisfies readonly Zoo[];

const NORMALISED = String.raw`(?:conv\.weight|norm\.\w+)`;
const OWN_PATTERN = new RegExp(
  [
    String.raw`^lateral\.\w+_to_\w+\.\w+\.(?:(?:reduce|expand)\.)?${NORMALISED}$`,
    String.raw`^(?!lateral\.|head\.)\w+\.stem\.(?:${NORMALISED}|(?:spatial|time|frequency)\.weight)$`,
    String.raw`^(?!lateral\.|head\.)\w+\.res[2-5]\.\d+\.(?:${[
      String.raw`(?:[abc]|b\.(?:time|frequency|pointwise)|shortcut)\.${NORMALISED}`,
      String.raw`nonlocal\.\w+\.\w+`,
      String.raw`b\.pointwise\.weight`,
      String.raw`squeeze\.(?:reduce|expand)\.(?:weight|bias)`,
    ].join('|')})$`,
    String.raw`^head\.(?:projection\.(?:weight|bias)|expand\.${NORMALISED}|hidden\.weight)$`,
  ].join('|'),
);

/** PyTorchVideo's detectors wrap the trunk, and only it. */
const DETECTOR_PREFIX = 'model.';

/** Whether a zoo has parameters of this name. */
export const isKnown = (zoo: Zoo, name: string): boolean =>
  zoo === 'slowfast' ? OWN_PATTERN.test(name) : parseName(zoo, name) !== undefined;

/**
 * The zoo whose grammar all names follow. Throws {@link WeightError} listing the first names that do not
 * fit the nearest zoo when there is none.
 */
export function detectZoo(names: Iterable<string>, site = 'checkpoint'): Zoo {
  checkArguments('detectZoo', { names: [names, 'iterable'], site: [site, 'string'] });

  const all = [...names];
  let nearest: { readonly zoo: Zoo; readonly unknown: readonly string[] } | undefined;
  for (const zoo of ZOOS) {
    const unknown = all.filter((name) => !isKnown(zoo, name));
    if (unknown.length === 0 && all.length > 0) return zoo;
    if (!nearest || unknown.length < nearest.unknown.length) nearest = { zoo, unknown };
  }
  const { zoo = 'slowfast', unknown = [] } = nearest ?? {};
  const listed = unknown.slice(0, 5).map((name) => `'${name}'`);
  const rest = unknown.length > 5 ? ` and ${unknown.length - 5} more` : '';
  throw new WeightError({
    site,
    expected: `the parameter names of ${ZOOS.join(', ')}`,
    received:
      unknown.length === all.length
        ? `${all.length} names that none of them has: ${listed.join(', ')}${rest}`
        : `names of ${zoo} with ${unknown.length} that it does not have: ${listed.join(', ')}${rest}`,
    remedy: 'The checkpoint is of another model family, or was renamed',
  });
}

interface Parsed {
  readonly template: NameTemplate;
  readonly slots: Slots;
}

function parseName(
  zoo: Exclude<Zoo, 'slowfast'>,
  name: string,
  layout: Partial<ZooLayout> = {},
): Parsed | undefined {
  const wrapped = zoo === 'pytorchvideo' && name.startsWith(DETECTOR_PREFIX);
  const bare = wrapped ? name.slice(DETECTOR_PREFIX.length) : name;
  for (const template of ZOO_GRAMMARS[zoo]) {
    if (!applies(template, layout)) continue;
    const slots = template.parse(bare);
    if (slots) return { template, slots };
  }
  return undefined;
}

/** Whether a template holds for what is known of the layout. */
const applies = (template: NameTemplate, layout: Partial<ZooLayout>): boolean =>
  agrees(template.pathways, layout.pathways?.length) &&
  agrees(template.head, layout.head) &&
  agrees(template.trunk, layout.trunk) &&
  agrees(template.poolBlock, layout.poolBlock);

const agrees = <T>(a: T | undefined, b: T | undefined): boolean =>
  a === undefined || b === undefined || a === b;

/**
 * The layout that the names of a zoo's model show. `pathway` names the pathway of a one-pathway model, which
 * the zoos' names leave open (`slow` unless given), `site` the file in errors.
 */
export function zooLayout(
  zoo: Zoo,
  names: Iterable<string>,
  pathway = 'slow',
  site = 'checkpoint',
): ZooLayout {
  checkArguments('zooLayout', {
    zoo: [zoo, 'string'],
    names: [names, 'iterable'],
    pathway: [pathway, 'string'],
    site: [site, 'string'],
  });

  const all = [...names];
  const pathways = pathwaysOf(zoo, all, pathway, site);
  const poolBlock = zoo === 'pytorchvideo' && all.some((name) => POOLED.test(name));
  const blocks = Object.fromEntries(pathways.map((name) => [name, [0, 0, 0, 0]]));
  let block: ZooLayout['block'] = 'basic';
  let head: ZooLayout['head'] = 'recognition';
  const separable = zoo === 'mmaction2' ? separableTrunk(all) : undefined;
  let trunk: Trunk = separable ?? 'resnet';
  for (const name of all) {
    const parsed =
      zoo === 'slowfast'
        ? parseOwn(pathways, name)
        : parseName(zoo, name, { poolBlock, ...(separable && { trunk: separable }) });
    if (!parsed) continue;
    const { template, slots } = parsed;
    if (template.head) head = template.head;
    if (template.trunk) trunk = template.trunk;
    if (slots['u'] === 'c') block = 'bottleneck';
    const counts = blocks[pathways[Number(slots['p'])] ?? ''];
    if (!counts || slots['n'] === undefined) continue;
    const stage = Number(slots['n']) - 2;
    counts[stage] = Math.max(counts[stage]!, Number(slots['i']) + 1);
  }
  return { pathways, blocks, block, head, poolBlock, trunk };
}

/** mmaction2's channel-separated networks have two convolutions in the middle of a block where interactions are preserved. */
function separableTrunk(names: readonly string[]): Trunk | undefined {
  const has = (part: string): boolean => names.some((name) => name.includes(part));
  return has('.conv2.1.') ? 'ip-csn' : has('.conv2.0.') ? 'ir-csn' : undefined;
}

/** res5 is block 4, unless a pooling block comes before it. */
const POOLED = /^(?:model\.)?blocks\.5\.res_blocks\./;

function pathwaysOf(
  zoo: Zoo,
  names: readonly string[],
  pathway: string,
  site: string,
): readonly string[] {
  if (zoo !== 'slowfast') {
    const found = new Set(names.map((name) => parseName(zoo, name)?.slots['p']));
    if (found.has('2')) return ['slow', 'fast', 'audio'];
    return found.has('1') ? ['slow', 'fast'] : [pathway];
  }
  const stems = names.map((name) => /^(\w+)\.stem\.(?:conv|time)\.weight$/.exec(name)?.[1]);
  const stemNames = stems.filter((name): name is string => name !== undefined).sort();
  if (stemNames.length > MAX_PATHWAYS) {
    throw new WeightError({
      site,
      expected: `a network of at most ${MAX_PATHWAYS} pathways`,
      received: `${stemNames.length}`,
    });
  }
  // Files sort by name; the paper's order is slow, fast.
  const first = ['slow', 'fast'].filter((name) => stemNames.includes(name));
  return [...first, ...stemNames.filter((name) => !first.includes(name))];
}

/** More than any network has; the names of laterals are as many as pairs of them. */
const MAX_PATHWAYS = 16;

const ownGrammars = new Map<string, readonly NameTemplate[]>();

function ownTemplates(pathways: readonly string[]): readonly NameTemplate[] {
  const key = pathways.join(' ');
  let templates = ownGrammars.get(key);
  if (!templates) ownGrammars.set(key, (templates = ownGrammar(pathways)));
  return templates;
}

function parseOwn(pathways: readonly string[], name: string): Parsed | undefined {
  for (const template of ownTemplates(pathways)) {
    const slots = template.parse(name);
    if (slots) return { template, slots };
  }
  return undefined;
}

/** The slots that follow from the layout alone: Caffe2's last block, the ends of a lateral. */
function layoutSlots(layout: ZooLayout, slots: Slots): Slots {
  const fast = layout.blocks[layout.pathways[1] ?? ''];
  const at = Number(slots['at']);
  return {
    from: '1',
    to: '0',
    lastUnit: layout.block === 'bottleneck' ? 'c' : 'b',
    ...(fast && at >= 2 ? { last: `${fast[at - 2]! - 1}` } : {}),
  };
}

/** This project's name for a zoo's, or `undefined` when the zoo's model of this layout has no such name. */
export function fromZooName(zoo: Zoo, name: string, layout: ZooLayout): string | undefined {
  checkArguments('fromZooName', {
    zoo: [zoo, 'string'],
    name: [name, 'string'],
    layout: [layout, 'object'],
  });

  if (zoo === 'slowfast') return isKnown(zoo, name) ? name : undefined;
  const parsed = parseName(zoo, name, layout);
  if (!parsed) return undefined;
  const { template, slots } = parsed;
  const implied = layoutSlots(layout, slots);
  for (const slot of ['last', 'lastUnit']) {
    if (slots[slot] !== undefined && slots[slot] !== implied[slot]) return undefined;
  }
  return formatAs(ownTemplates(layout.pathways), template.kind, { ...implied, ...slots });
}

/** A zoo's name for this project's, or `undefined` when the zoo has no such parameter. */
export function toZooName(zoo: Zoo, name: string, layout: ZooLayout): string | undefined {
  checkArguments('toZooName', {
    zoo: [zoo, 'string'],
    name: [name, 'string'],
    layout: [layout, 'object'],
  });

  if (zoo === 'slowfast') return isKnown(zoo, name) ? name : undefined;
  const parsed = parseOwn(layout.pathways, name);
  if (!parsed) return undefined;
  const { template, slots } = parsed;
  const implied = layoutSlots(layout, slots);
  // No zoo has laterals in another direction; those of two steps say theirs.
  const isOneStep = template.kind === 'lateral.conv' || template.kind === 'lateral.norm';
  if (isOneStep && (slots['from'] !== '1' || slots['to'] !== '0')) return undefined;
  const templates = ZOO_GRAMMARS[zoo].filter((t) => applies(t, layout) && !t.readOnly);
  const formatted = formatAs(templates, template.kind, { ...implied, ...slots });
  if (zoo === 'pytorchvideo' && layout.head === 'detection' && template.kind !== 'head') {
    return formatted === undefined ? undefined : DETECTOR_PREFIX + formatted;
  }
  return formatted;
}

function formatAs(
  templates: readonly NameTemplate[],
  kind: NameTemplate['kind'],
  slots: Slots,
): string | undefined {
  for (const template of templates) {
    if (template.kind !== kind) continue;
    const name = template.format(slots);
    if (name !== undefined) return name;
  }
  return undefined;
}
