/**
 * @file Parameter names as templates. A template such as `s{n}.pathway{p}_res{i}.branch2.{u}.weight` both
 * reads and writes names, so that the two directions of a name map cannot disagree.
 *
 * Slots: `p` pathway (0, 1), `n` stage (2 to 5), `i` block, `u` convolution of a block (a, b, c), `t`
 * convolution of a non-local block, `x` axis of a convolution over spectrograms, `s` convolution of a squeeze-and-excitation
 * or of a lateral of two, `at` stage after which a lateral leaves (1 = stem to 4), `f` field.
 */

/** What a name says: the values of its slots. */
export type Slots = Readonly<Record<string, string>>;

/** How a zoo spells the values of a slot; a slot without spellings is a whole number. */
export type Spelling = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The kinds of parameters, the same in every zoo. */
export type ParameterKind =
  | 'stem.conv'
  | 'stem.norm'
  | 'shortcut.conv'
  | 'shortcut.norm'
  | 'unit.conv'
  | 'unit.norm'
  | 'nonlocal.conv'
  | 'nonlocal.norm'
  | 'lateral.conv'
  | 'lateral.norm'
  | 'head'
  // Of an audio pathway.
  | 'stem.axis'
  | 'unit.axis.conv'
  | 'unit.axis.norm'
  | 'lateral.step.conv'
  | 'lateral.step.norm'
  // Of X3D, R(2+1)D and channel-separated networks.
  | 'stem.spatial'
  | 'unit.time.conv'
  | 'unit.time.norm'
  | 'unit.pointwise'
  | 'unit.pointwise.conv'
  | 'unit.pointwise.norm'
  | 'squeeze'
  | 'head.expand.conv'
  | 'head.expand.norm'
  | 'head.hidden';

/** Kinds of networks that name parts in ways of their own. */
export type Trunk = 'resnet' | 'x3d' | 'r2plus1d' | 'ir-csn' | 'ip-csn';

/** One pattern of names. */
export interface TemplateOptions {
  /** Slots that the pattern does not spell out, because it stands for one value only. */
  readonly fixed?: Slots;
  /** Spellings that hold in this pattern only. */
  readonly spelling?: Spelling;
  /** Models with this number of pathways only. */
  readonly pathways?: 1 | 2 | 3;
  /** Models with this head only. */
  readonly head?: 'recognition' | 'detection';
  /** Models with (or without) a pooling block of its own after res2 only. */
  readonly poolBlock?: boolean;
  /** Networks of this kind only. */
  readonly trunk?: Trunk;
  /** Read, but never written: a rarer form of another pattern. */
  readonly readOnly?: boolean;
}

/** A template with its reading and writing. */
export interface NameTemplate extends TemplateOptions {
  readonly kind: ParameterKind;
  /** The slots of a name, or undefined when it does not match. */
  parse(name: string): Slots | undefined;
  /** The name for the slots, or undefined when this template cannot spell them. */
  format(slots: Slots): string | undefined;
}

const identity = (...values: string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(values.map((value) => [value, value]));

const DEFAULT_SPELLING: Spelling = {
  p: identity('0', '1', '2'),
  n: identity('2', '3', '4', '5'),
  u: identity('a', 'b', 'c'),
  t: identity('theta', 'phi', 'g', 'out'),
  x: identity('time', 'frequency'),
  s: identity('reduce', 'expand'),
  at: identity('1', '2', '3', '4'),
  f: identity('weight', 'bias', 'running_mean', 'running_var'),
};

/** Convolutions of non-local blocks and squeezes, and the classifier, have these two fields only. */
const WEIGHT_AND_BIAS: Readonly<Record<string, string>> = identity('weight', 'bias');

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Compiles a pattern with `{slot}` places. */
export function nameTemplate(
  kind: ParameterKind,
  pattern: string,
  zooSpelling: Spelling = {},
  options: TemplateOptions = {},
): NameTemplate {
  const spelling: Spelling = { ...DEFAULT_SPELLING, ...zooSpelling, ...options.spelling };
  const fixed = options.fixed ?? {};
  const parts = pattern.split(/\{(\w+)\}/);
  const twoFields = kind === 'head' || kind === 'nonlocal.conv' || kind === 'squeeze';
  const spellingsOf = (slot: string): readonly (readonly [string, string])[] =>
    Object.entries(spelling[slot] ?? {}).filter(
      ([value]) => slot !== 'f' || !twoFields || value in WEIGHT_AND_BIAS,
    );
  /** The slots of the pattern in order, with how values are spelled and read; a whole number is spelled as it is. */
  const slots = parts
    .filter((_, i) => i % 2 === 1)
    .map((slot) => {
      const spellings = spelling[slot] && spellingsOf(slot);
      if (!spellings) return { slot, spelled: undefined, value: undefined };
      // Of two values that are spelled the same, the first.
      const readings = [...spellings].reverse().map(([value, text]) => [text, value] as const);
      return { slot, spelled: new Map(spellings), value: new Map(readings) };
    });
  const source = parts.map((part, i) => {
    if (i % 2 === 0) return escaped(part);
    const { spelled } = slots[(i - 1) / 2]!;
    return spelled ? `(${[...spelled.values()].map(escaped).join('|')})` : '(\\d{1,3})';
  });
  const regex = new RegExp(`^${source.join('')}$`);
  const fixedSlots = Object.entries(fixed);
  return {
    ...options,
    kind,
    parse: (name) => {
      const match = regex.exec(name);
      if (!match) return undefined;
      const found: Record<string, string> = { ...fixed };
      for (const [i, { slot, value }] of slots.entries()) {
        const text = match[i + 1]!;
        found[slot] = value ? value.get(text)! : text;
      }
      return found;
    },
    format: (values) => {
      if (fixedSlots.some(([slot, value]) => values[slot] !== value)) return undefined;
      let name = parts[0]!;
      for (const [i, { slot, spelled }] of slots.entries()) {
        const value = values[slot];
        const text = spelled && value !== undefined ? spelled.get(value) : value;
        if (text === undefined) return undefined;
        name += text + parts[2 * i + 2]!;
      }
      return name;
    },
  };
}
