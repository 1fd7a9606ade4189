/** @file Names for what the graph leaves without: classes and their parameters. */
import type { Node } from '@slowfast/core';
import type { Draft } from './drafts.js';
import type { Field } from './fields.js';
import { lastOf, parentOf } from './scopes.js';
import { isChannels, type ModuleClass } from './classes.js';

/** Columns of numbers that differ between instances, as one parameter each. */
interface Named {
  readonly field: Field;
  readonly indices: readonly number[];
}

/** Names of parameters: what they are for, and whose they are where several are for the same. */
export function parameterNames(draft: Draft, columns: readonly Named[]): readonly string[] {
  const kinds = columns.map((column) => kindOf(draft, column));
  const names = new Set<string>();
  return columns.map(({ field }, i) => {
    const kind = kinds[i]!;
    const isOnly = kinds.filter((other) => other === kind).length === 1;
    const owner = identifier(field.owner);
    const base = isOnly || owner === '' ? kind : `${owner}_${kind}`;
    let name = base;
    for (let n = 2; names.has(name); n++) name = `${base}_${n}`;
    names.add(name);
    return name;
  });
}

/** The channels that come in, those that go out, and those between. */
export function kindOf(draft: Draft, { field, indices }: Named): string {
  if (!isChannels(field.kind)) return field.kind;
  const own = indices.map((index) => draft.fields[index]!);
  const isInput = own.some(
    ({ of, kind }) =>
      (kind === 'in_channels' || kind === 'channels') &&
      stepOf(draft, of)?.inputs.some((value) => value < draft.inputs.length) === true,
  );
  const isOutput = own.some(
    ({ of, kind }) => isResult(kind) && 'member' in of && of.member === lastMember(draft),
  );
  if (isInput && isOutput) return 'channels';
  if (isInput) return 'in_channels';
  return isOutput ? 'out_channels' : 'inner_channels';
}

const isResult = (kind: string): boolean => kind === 'out_channels' || kind === 'channels';

function stepOf({ steps }: Draft, of: Draft['fields'][number]['of']) {
  return 'step' in of
    ? steps[of.step]
    : steps.find(({ call }) => 'member' in call && call.member === of.member);
}

/** The last member that changes the number of channels on the way to the output. */
function lastMember({ steps, fields }: Draft): number | undefined {
  const changes = (member: number): boolean =>
    fields.some(({ of, kind }) => 'member' in of && of.member === member && isResult(kind));
  const calls = steps.flatMap(({ call }) =>
    'member' in call && changes(call.member) ? [call.member] : [],
  );
  return calls.at(-1);
}

/** Names of classes, each once: what all instances are called, or what they do. */
export function classNames(
  classes: readonly ModuleClass[],
  network: string,
): ReadonlyMap<number, string> {
  const ownNames = new Set([network]);
  const names = new Map<number, string>();
  for (const one of classes) {
    const base = classNameOf(one);
    let name = ownNames.has(base) ? addedName(one) + base : base;
    for (let n = 2; ownNames.has(name); n++) name = `${base}${n}`;
    ownNames.add(name);
    names.set(one.id, name);
  }
  return names;
}

/** What a class has beside others of its name: `Nonlocal` for a block with such a member. */
function addedName({ draft, optional }: ModuleClass): string {
  const added = draft.members.findLast(
    ({ kind, path }, i) => kind === 'module' && path.at(-1)!.length > 1 && optional?.member !== i,
  );
  return added ? pascal(added.path.at(-1)!) : '';
}

function classNameOf({ draft, paths }: ModuleClass): string {
  const last = new Set(paths.map(lastOf));
  const isNumbered = [...last].every((name) => /^\d+$/.test(name));
  if (last.size === 1 && !isNumbered && [...last][0]!.length > 1) return pascal([...last][0]!);
  if (isNumbered) {
    const parents = new Set(paths.map((path) => lastOf(parentOf(path))));
    const [parent] = parents;
    return parents.size === 1 && parent !== '' && !/\d/.test(parent!)
      ? `${pascal(parent!)}Block`
      : 'Block';
  }
  const operations = draft.steps.map(({ call }) =>
    'member' in call ? memberName(draft, call.member) : operation(call.node),
  );
  if (operations.length <= 3) return operations.join('');
  const first = new Set(paths.map((path) => path.split('.')[0]!));
  return first.size === 1 ? pascal([...first][0]!) : operations.slice(0, 3).join('');
}

const LAYERS = { conv3d: 'Conv', batch_norm: 'Norm', linear: 'Linear' } as const;

function memberName({ members }: Draft, index: number): string {
  const member = members[index]!;
  return member.kind === 'layer' ? LAYERS[member.layer] : pascal(member.path.at(-1)!);
}

const operation = (node: Node): string =>
  pascal(node.op === 'activation' ? node.attrs.fn : node.op);

/** `fast_to_slow` → `FastToSlow`. */
export function pascal(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  return /^[A-Za-z]/.test(joined) ? joined : `Part${joined}`;
}

const KEYWORDS = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from ' +
    'global if import in is lambda nonlocal not or pass raise return try while with yield torch nn F self same'
  ).split(' '),
);

/** Whether Python takes a name as it is. */
export const isIdentifier = (name: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !KEYWORDS.has(name);

/** A name that Python takes. */
export function identifier(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_');
  return KEYWORDS.has(plain) ? `${plain}_` : plain;
}
