/** @file Modules of the same structure as one class: what differs between them becomes its parameters. */
import { draftKey, type Draft, type Member } from './drafts.js';
import type { Field, FieldKind, FieldValue } from './fields.js';
import { kindOf, parameterNames } from './names.js';

/** A parameter of a class. */
export interface Parameter {
  readonly name: string;
  readonly kind: FieldKind;
  readonly owner: string;
  /** What it is where nothing is said; without one it has to be given. */
  readonly initial?: FieldValue;
  /** Its value in each instance; `undefined` where it makes no difference. */
  readonly values: readonly (FieldValue | undefined)[];
}

/** What stands for a number in the text of a class. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: FieldValue }
  | { readonly kind: 'parameter'; readonly name: string }
  /** The padding that keeps the size at stride 1. */
  | { readonly kind: 'same'; readonly window: Expression; readonly dilation: Expression };

/** A class of modules. */
export interface ModuleClass {
  readonly id: number;
  readonly draft: Draft;
  /** Paths of the modules that it makes. */
  readonly paths: readonly string[];
  /** A member that some of them have not. */
  readonly optional?: { readonly member: number; readonly flag: string };
  readonly parameters: readonly Parameter[];
  /** By field of the draft. */
  readonly expressions: readonly Expression[];
}

/** A class with the numbers of each of its modules, by path. */
export interface MadeClass {
  readonly class: ModuleClass;
  readonly fields: ReadonlyMap<string, readonly Field[]>;
}

interface Group {
  readonly draft: Draft;
  readonly key: string;
  /** Each with its numbers in the order of the group's draft; `undefined` for those of a member that it has not. */
  readonly instances: {
    readonly path: string;
    readonly values: readonly (FieldValue | undefined)[];
  }[];
  optional?: number;
}

/** Classes of these modules, in their order. */
export function classesOf(drafts: readonly Draft[], firstId: number): readonly MadeClass[] {
  const groups = new Map<string, Group>();
  for (const draft of drafts) {
    const key = draftKey(draft);
    const group = groups.get(key) ?? { draft, key, instances: [] };
    group.instances.push({ path: draft.path, values: draft.fields.map(({ value }) => value) });
    groups.set(key, group);
  }
  return merged([...groups.values()]).map((group, i) => classOf(group, firstId + i));
}

/** Structures that differ by one member alone (the shortcut of a block) become one. */
function merged(groups: Group[]): readonly Group[] {
  for (const larger of groups) {
    for (const [member] of larger.draft.members.entries()) {
      const smaller = groups.find(
        (other) =>
          other !== larger &&
          other.optional === undefined &&
          other.key === without(larger.draft, member),
      );
      if (!smaller || larger.optional !== undefined) continue;
      const { fields } = larger.draft;
      for (const { path, values } of smaller.instances) {
        const rest = [...values];
        larger.instances.push({
          path,
          values: fields.map(({ of }) =>
            'member' in of && of.member === member ? undefined : rest.shift(),
          ),
        });
      }
      larger.optional = member;
      groups = groups.filter((group) => group !== smaller);
      return merged(groups);
    }
  }
  return groups;
}

/** The key of a module without one of its members, whose input takes the place of its result; none where that cannot be. */
function without(draft: Draft, member: number): string | undefined {
  const { members, steps } = draft;
  if (members[member]!.kind === 'parameter') return undefined;
  const at = steps.findIndex(({ call }) => 'member' in call && call.member === member);
  const { inputs, results } = steps[at]!;
  if (inputs.length !== 1 || results.length !== 1) return undefined;
  const [from, gone] = [inputs[0]!, results[0]!];
  const value = (number: number): number =>
    number === gone ? from : number > gone ? number - 1 : number;
  return draftKey({
    ...draft,
    members: members.filter((_, i) => i !== member),
    steps: steps.flatMap((step, i) => {
      if (i === at) return [];
      const { call } = step;
      const moved = 'member' in call && call.member > member ? { member: call.member - 1 } : call;
      return [{ call: moved, inputs: step.inputs.map(value), results: step.results.map(value) }];
    }),
    outputs: draft.outputs.map(value),
  });
}

interface Column {
  readonly field: Field;
  readonly values: (FieldValue | undefined)[];
  readonly indices: number[];
}

function classOf(group: Group, id: number): MadeClass {
  const { draft, instances, optional } = group;
  const columns: Column[] = [];
  const literals = new Map<number, FieldValue>();
  const same = new Map<number, { window: number; dilation: number }>();
  draft.fields.forEach((field, index) => {
    const values = instances.map((instance) => instance.values[index]);
    const present = values.filter((value) => value !== undefined);
    if (present.every((value) => equal(value, present[0]!))) {
      literals.set(index, present[0]!);
      return;
    }
    const follows = sameOf(draft, index);
    if (follows) {
      same.set(index, follows);
      return;
    }
    const fitting = columns.find(
      (column) => family(column.field.kind) === family(field.kind) && agree(column.values, values),
    );
    if (!fitting) columns.push({ field, values: [...values], indices: [index] });
    else {
      fitting.indices.push(index);
      values.forEach((value, i) => (fitting.values[i] ??= value));
    }
  });
  const names = parameterNames(draft, columns);
  const kinds = columns.map((column) => channelKind(kindOf(draft, column), column.field.kind));
  const flag = optional === undefined ? undefined : draft.members[optional]!.path.at(-1)!;
  const own = columns.map(({ field, values }, i): Parameter => ({
    name: names[i]!,
    kind: kinds[i]!,
    owner: field.owner,
    values,
    ...(isChannels(field.kind) ? {} : { initial: mostCommon(values) }),
  }));
  const present: Parameter[] =
    optional === undefined
      ? []
      : [
          {
            name: flag!,
            kind: 'present',
            owner: '',
            initial: false,
            values: presence(group, optional),
          },
        ];
  const parameters = [...own.sort(byRank), ...present];
  const byIndex = new Map(
    columns.flatMap(({ indices }, i) => indices.map((at) => [at, names[i]!] as const)),
  );
  const expressionOf = (index: number): Expression => {
    if (literals.has(index)) return { kind: 'literal', value: literals.get(index)! };
    const name = byIndex.get(index);
    if (name !== undefined) return { kind: 'parameter', name };
    const { window, dilation } = same.get(index)!;
    return { kind: 'same', window: expressionOf(window), dilation: expressionOf(dilation) };
  };
  const made: ModuleClass = {
    id,
    draft,
    paths: instances.map(({ path }) => path),
    parameters,
    expressions: draft.fields.map((_, index) => expressionOf(index)),
    ...(optional === undefined ? {} : { optional: { member: optional, flag: flag! } }),
  };
  const fields = instances.map(
    ({ path }, i) => [path, parameters.map((one) => argument(one, i))] as const,
  );
  return { class: made, fields: new Map(fields) };
}

/** What a parameter is for in the class around it: inner channels are no output there. */
const channelKind = (resolved: string, kind: FieldKind): FieldKind =>
  isChannels(kind) ? ((resolved === 'inner_channels' ? 'groups' : resolved) as FieldKind) : kind;

/** A parameter's value in an instance, as a number of what contains it. */
const argument = ({ name, kind, owner, initial, values }: Parameter, instance: number): Field => ({
  kind,
  keyword: initial === undefined ? '' : name,
  value: values[instance] ?? initial ?? 0,
  ...(initial === undefined ? {} : { initial }),
  owner: kind === 'present' ? name : owner,
});

function presence({ draft, instances }: Group, member: number): boolean[] {
  const index = draft.fields.findIndex(({ of }) => 'member' in of && of.member === member);
  return instances.map(({ values }) => values[index] !== undefined);
}

/** The kernel and dilation that a convolution's padding follows from, where its structure says so. */
function sameOf(draft: Draft, index: number): { window: number; dilation: number } | undefined {
  const { kind, of } = draft.fields[index]!;
  if (kind !== 'padding' || !('member' in of)) return undefined;
  const member = draft.members[of.member] as Member;
  if (member.kind !== 'layer' || !member.key.includes(' same ')) return undefined;
  const find = (kind: FieldKind): number =>
    draft.fields.findIndex(
      (field) => 'member' in field.of && field.of.member === of.member && field.kind === kind,
    );
  return { window: find('kernel'), dilation: find('dilation') };
}

/** Whether a number counts channels. */
export const isChannels = (kind: FieldKind): boolean => family(kind) === 'channels';

const family = (kind: FieldKind): string =>
  ['in_channels', 'out_channels', 'channels', 'groups'].includes(kind) ? 'channels' : kind;

/** Whether two values are the same numbers. */
export const equal = (a: FieldValue, b: FieldValue): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

const agree = (
  a: readonly (FieldValue | undefined)[],
  b: readonly (FieldValue | undefined)[],
): boolean =>
  a.every((value, i) => value === undefined || b[i] === undefined || equal(value, b[i]!)) &&
  a.some((value, i) => value !== undefined && b[i] !== undefined);

function mostCommon(values: readonly (FieldValue | undefined)[]): FieldValue {
  const present = values.filter((value) => value !== undefined);
  const count = (value: FieldValue): number =>
    present.filter((other) => equal(value, other)).length;
  return present.reduce((best, value) => (count(value) > count(best) ? value : best));
}

/** Channels from the input to the output, then what has a default. */
const RANK: readonly string[] = [
  'in_channels',
  'channels',
  'inner_channels',
  'out_channels',
  'groups',
];

function byRank(a: Parameter, b: Parameter): number {
  const rank = ({ name, initial }: Parameter): number => {
    if (initial !== undefined) return RANK.length;
    const at = RANK.indexOf(name);
    return at < 0 ? RANK.indexOf('inner_channels') : at;
  };
  return rank(a) - rank(b);
}
