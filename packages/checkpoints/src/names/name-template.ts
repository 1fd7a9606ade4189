/**
 * @file Parameter names as templates. A template such as `s{n}.pathway{p}_res{i}.branch2.{u}.weight` both
 * reads and writes names, so that the two directions of a name map cannot disagree.
 *
 * Slots: `p` pathway (0, 1), `n` stage (2 to 5), `i` block, `u` convolution of a block (a, b, c), `t`
 * convolution of a non-local block, `at` stage after which a lateral leaves (1 = stem to 4), `f` field.
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
  | 'head';

/** One pattern of names. */
export interface TemplateOptions {
  /** Slots that the pattern does not spell out, because it stands for one value only. */
  readonly fixed?: Slots;
  /** Spellings that hold in this pattern only. */
  readonly spelling?: Spelling;
  /** Models with this number of pathways only. */
  readonly pathways?: 1 | 2;
  /** Models with this head only. */
  readonly head?: 'recognition' | 'detection';
  /** Models with (or without) a pooling block of its own after res2 only. */
  readonly poolBlock?: boolean;
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
  p: identity('0', '1'),
  n: identity('2', '3', '4', '5'),
  u: identity('a', 'b', 'c'),
  t: identity('theta', 'phi', 'g', 'out'),
  at: identity('1', '2', '3', '4'),
  f: identity('weight', 'bias', 'running_mean', 'running_var'),
};

/** Convolutions of non-local blocks and the classifier have these two fields only. */
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
  const twoFields = kind === 'head' || kind === 'nonlocal.conv';
  const spellingsOf = (slot: string): readonly (readonly [string, string])[] =>
    Object.entries(spelling[slot] ?? {}).filter(
      ([value]) => slot !== 'f' || !twoFields || value in WEIGHT_AND_BIAS,
    );
  const source = parts.map((part, i) => {
    if (i % 2 === 0) return escaped(part);
    if (!spelling[part]) return `(?<${part}>\\d{1,3})`;
    return `(?<${part}>${spellingsOf(part)
      .map(([, spelled]) => escaped(spelled))
      .join('|')})`;
  });
  const regex = new RegExp(`^${source.join('')}$`);
  return {
    ...options,
    kind,
    parse: (name) => {
      const groups = regex.exec(name)?.groups;
      if (!groups && !regex.test(name)) return undefined;
      const slots: Record<string, string> = { ...fixed };
      for (const [slot, spelled] of Object.entries(groups ?? {})) {
        slots[slot] = spelling[slot]
          ? spellingsOf(slot).find(([, text]) => text === spelled)![0]
          : spelled;
      }
      return slots;
    },
    format: (slots) => {
      if (Object.entries(fixed).some(([slot, value]) => slots[slot] !== value)) return undefined;
      let name = '';
      for (const [i, part] of parts.entries()) {
        if (i % 2 === 0) name += part;
        else {
          const value = slots[part];
          const spelled = spelling[part]
            ? spellingsOf(part).find(([canonical]) => canonical === value)?.[1]
            : value;
          if (spelled === undefined) return undefined;
          name += spelled;
        }
      }
      return name;
    },
  };
}
