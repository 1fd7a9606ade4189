/** @file The text of one class: `__init__` makes its members, `forward` runs its steps. */
import type { Node, Value } from '@slowfast/core';
import type { Expression, ModuleClass, Parameter } from './classes.js';
import { equal } from './classes.js';
import type { Draft, Made, Member, MemberPath, Step } from './drafts.js';
import type { Field } from './fields.js';
import { lastOf } from './scopes.js';
import { identifier, isIdentifier } from './names.js';
import { activated, atom, expressionText, literal, operationText, type Code } from './python.js';

/** What a class needs to know of the others. */
export interface ClassContext {
  readonly nameOf: (id: number) => string;
  /** Activations that only scores need: the loss takes logits. */
  readonly isForScores: (node: Node) => boolean;
}

/** Longest line of the program, as Black has it. */
const WIDTH = 88;

/** The text of a class. */
export function classText(
  one: ModuleClass,
  name: string,
  docs: readonly string[],
  context: ClassContext,
): string {
  const init = initLines(one, context);
  const lines = [
    `class ${name}(nn.Module):`,
    ...docText(docs),
    ...(init.length === 0
      ? []
      : [...signature(one.parameters), '        super().__init__()', ...init, '']),
    ...forwardLines(one, context),
  ];
  return lines.join('\n');
}

function docText(docs: readonly string[]): string[] {
  if (docs.length === 1) return [`    """${docs[0]}"""`, ''];
  return [
    `    """${docs[0]}`,
    '',
    ...docs.slice(1).map((line) => `    ${line}`.trimEnd()),
    '    """',
    '',
  ];
}

function signature(parameters: readonly Parameter[]): string[] {
  const texts = parameters.map(({ name, initial }) =>
    initial === undefined ? name : `${name}=${literal(initial)}`,
  );
  const line = `    def __init__(${['self', ...texts].join(', ')}):`;
  if (line.length <= WIDTH) return [line];
  return ['    def __init__(', ...wrapped(['self', ...texts], 8), '    ):'];
}

/** Items with commas, as many on a line as fit. */
function wrapped(items: readonly string[], indent: number): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + item.length + 2 <= WIDTH)
      lines[lines.length - 1] = `${last} ${item},`;
    else lines.push(`${' '.repeat(indent)}${item},`);
  }
  return lines;
}

function initLines({ draft, expressions, optional }: ModuleClass, context: ClassContext): string[] {
  const lines: string[] = [];
  for (const part of partsWithin(draft, [])) {
    if ('container' in part) {
      const text = containerText(draft, part.container, expressions, context);
      lines.push(...assignment(part.container, text));
      continue;
    }
    const { member, index } = part;
    const text = memberText(member, expressionsOf(draft, index, expressions), context);
    lines.push(
      ...assignment(
        member.path,
        optional?.member === index ? optionalText(text, optional.flag) : text,
      ),
    );
  }
  const parameters = draft.members.filter((member) => member.kind === 'parameter');
  return [...lines, ...parameters.flatMap(parameterLines), ...numbersKept(draft, expressions)];
}

/** Parameters that `forward` needs. */
function numbersKept({ fields }: Draft, expressions: readonly Expression[]): string[] {
  const names = fields.flatMap(({ of }, i) => {
    const expression = expressions[i]!;
    return 'step' in of && expression.kind === 'parameter' ? [expression.name] : [];
  });
  return [...new Set(names)].map((name) => `        self.${name} = ${name}`);
}

function optionalText(text: readonly string[], flag: string): readonly string[] {
  const whole = suffixed(text, ` if ${flag} else nn.Identity()`);
  if (whole.length === 1 && whole[0]!.length < 60) return whole;
  return ['(', ...whole.map((line) => `    ${line}`), ')'];
}

type MadeMember = Exclude<Member, { kind: 'parameter' }>;
type Part =
  { readonly container: MemberPath } | { readonly member: MadeMember; readonly index: number };

/** Containers and modules directly within a container (or the class), in the order in which they first run. */
function partsWithin(draft: Draft, holder: MemberPath): readonly Part[] {
  const prefix = holder.join('.');
  const isDirect = (path: MemberPath): boolean => path.slice(0, -1).join('.') === prefix;
  const parts: { readonly part: Part; readonly first: number }[] = [];
  for (const container of draft.containers.filter(isDirect)) {
    const inside = draft.members.findIndex(({ path }) =>
      `${path.join('.')}.`.startsWith(`${container.join('.')}.`),
    );
    parts.push({ part: { container }, first: inside < 0 ? draft.members.length : inside });
  }
  draft.members.forEach((member, index) => {
    if (member.kind !== 'parameter' && isDirect(member.path))
      parts.push({ part: { member, index }, first: index });
  });
  return parts.sort((a, b) => a.first - b.first).map(({ part }) => part);
}

/** `self.name = …`, or what sets a name that Python does not take. */
function assignment(path: MemberPath, text: readonly string[]): string[] {
  const name = path.at(-1)!;
  const [first, ...rest] = text as [string, ...string[]];
  if (isIdentifier(name))
    return [`        self.${name} = ${first}`, ...rest.map((line) => `        ${line}`)];
  const inner = [
    `        self.add_module(${JSON.stringify(name)}, ${first}`,
    ...rest.map((line) => `        ${line}`),
  ];
  return [...inner.slice(0, -1), `${inner.at(-1)})`];
}

const suffixed = (lines: readonly string[], end: string): string[] => [
  ...lines.slice(0, -1),
  `${lines.at(-1)}${end}`,
];

function parameterLines({ path, param }: Extract<Member, { kind: 'parameter' }>): string[] {
  const holder = ['self', ...path.slice(0, -1)].join('.');
  const empty = `torch.empty(${literal(param.type.shape as readonly number[])})`;
  const name = JSON.stringify(path.at(-1)!);
  return param.role.startsWith('running')
    ? [`        ${holder}.register_buffer(${name}, ${empty})`]
    : [`        ${holder}.register_parameter(${name}, nn.Parameter(${empty}))`];
}

/** `nn.ModuleDict` of what is in a container. */
function containerText(
  draft: Draft,
  path: MemberPath,
  expressions: readonly Expression[],
  context: ClassContext,
): string[] {
  const entries = partsWithin(draft, path).flatMap((part) =>
    'container' in part
      ? entry(part.container, containerText(draft, part.container, expressions, context))
      : entry(
          part.member.path,
          memberText(part.member, expressionsOf(draft, part.index, expressions), context),
        ),
  );
  return ['nn.ModuleDict({', ...entries, '})'];
}

function entry(path: MemberPath, text: readonly string[]): string[] {
  const [first, ...rest] = text as [string, ...string[]];
  const lines = [
    `    ${JSON.stringify(path.at(-1)!)}: ${first}`,
    ...rest.map((line) => `    ${line}`),
  ];
  return suffixed(lines, ',');
}

const expressionsOf = (
  draft: Draft,
  member: number,
  all: readonly Expression[],
): readonly Argument[] =>
  draft.fields.flatMap((field, i) =>
    'member' in field.of && field.of.member === member ? [{ field, expression: all[i]! }] : [],
  );

interface Argument {
  readonly field: Field;
  readonly expression: Expression;
}

function memberText(
  member: Exclude<Member, { kind: 'parameter' }>,
  args: readonly Argument[],
  context: ClassContext,
): string[] {
  if (member.kind === 'layer') return layerText(member, args);
  const { made } = member;
  if (made.kind === 'class')
    return callText(context.nameOf(made.class.id), args.flatMap(argumentText));
  return sequenceText(made.items, args, context);
}

/** Wrapped behind its brackets where it is too long; eight columns are those of `self.`. */
function callText(name: string, args: readonly string[], extra = 40): string[] {
  const line = `${name}(${args.join(', ')})`;
  if (line.length + extra <= WIDTH + 12) return [line];
  return [`${name}(`, ...wrapped(args, 4), ')'];
}

function argumentText({ field, expression }: Argument): string[] {
  if (
    expression.kind === 'literal' &&
    field.initial !== undefined &&
    equal(expression.value, field.initial)
  )
    return [];
  const text = expressionText(expression);
  return [field.keyword === '' ? text : `${field.keyword}=${text}`];
}

function layerText(
  { layer, key }: Extract<Member, { kind: 'layer' }>,
  args: readonly Argument[],
): string[] {
  const texts = args.flatMap(argumentText);
  if (layer === 'batch_norm') return callText(`nn.${key}`, texts);
  const hasBias = key.includes('+bias');
  return callText(
    layer === 'linear' ? 'nn.Linear' : 'nn.Conv3d',
    hasBias ? texts : [...texts, 'bias=False'],
  );
}

/** Equal neighbours in one line. */
function sequenceText(
  items: readonly Member[],
  args: readonly Argument[],
  context: ClassContext,
): string[] {
  let at = 0;
  const texts = items.map((item) => {
    const count = fieldCount(item);
    const own = args.slice(at, at + count);
    at += count;
    return memberText(item as Exclude<Member, { kind: 'parameter' }>, own, context);
  });
  const lines = ['nn.Sequential('];
  for (let i = 0; i < texts.length;) {
    let end = i + 1;
    while (end < texts.length && texts[end]!.join('\n') === texts[i]!.join('\n')) end++;
    const own = texts[i]!;
    const text =
      end - i === 1
        ? own
        : [`*(${own[0]}`, ...own.slice(1)].map((line, n) =>
            n === own.length - 1 ? `${line} for _ in range(${end - i}))` : line,
          );
    lines.push(...suffixed(text, ',').map((line) => `    ${line}`));
    i = end;
  }
  return [...lines, ')'];
}

const LAYER_FIELDS = { conv3d: 7, batch_norm: 3, linear: 2 } as const;

function fieldCount(member: Member): number {
  if (member.kind === 'layer') return LAYER_FIELDS[member.layer];
  return member.kind === 'module' ? fieldsOfMade(member.made) : 0;
}

const fieldsOfMade = (made: Made): number =>
  made.kind === 'class'
    ? made.class.parameters.length
    : made.items.reduce((sum, item) => sum + fieldCount(item), 0);

/** How a member is reached from `self`. */
function memberAccess(path: MemberPath): string {
  return path.reduce((text, name, i) => {
    if (i === 0)
      return isIdentifier(name) ? `self.${name}` : `getattr(self, ${JSON.stringify(name)})`;
    return `${text}[${JSON.stringify(name)}]`;
  }, 'self');
}

function forwardLines(one: ModuleClass, context: ClassContext): string[] {
  const { draft, expressions } = one;
  const { inputs, steps, outputs, members } = draft;
  const names = inputNames(one);
  const params = members.flatMap((member) => (member.kind === 'parameter' ? [member] : []));
  const code = new Map<number, Code>(names.map((name, i) => [i, atom(name)]));
  // Raw parameters are values right after the inputs.
  params.forEach(({ path }, i) => code.set(inputs.length + i, atom(['self', ...path].join('.'))));
  const lastUse = lastUses(steps, outputs);
  const lines: string[] = [];
  const live = new Map<string, number>(names.map((name, i) => [name, i]));
  const hints = new Map<number, string>();
  const isRoot = draft.path === '';
  steps.forEach((step, at) => {
    const operands = step.inputs.map((value) => code.get(value)!);
    const result = stepCode(draft, step, at, operands, { expressions, code });
    const [value] = step.results as [number];
    if ('node' in step.call && context.isForScores(step.call.node) && isName(operands[0]!)) {
      const name = operands[0]!.text;
      lines.push(
        '        if not self.training:  # the loss takes logits',
        `            ${name} = ${result.text}`,
      );
      code.set(value, atom(name));
      live.set(name, value);
      return;
    }
    const next = steps[at + 1];
    const uses = steps.flatMap(({ inputs: all }) => all).filter((one) => one === value).length;
    const isModule = 'member' in step.call && members[step.call.member]!.kind === 'module';
    const isInlined =
      step.results.length === 1 &&
      (!next || result.text.length <= 56) &&
      !(isRoot && isModule && next) &&
      (next
        ? uses === 1 &&
          next.inputs.includes(value) &&
          !outputs.includes(value) &&
          !isScoreStep(next, context)
        : outputs.length === 1 && outputs[0] === value);
    if (isInlined) {
      // What comes of it may take the variable that is free now.
      hints.set(
        value,
        resultName(draft, step, 0, { inputNames: names, at, code, lastUse, live, hints }),
      );
      code.set(value, result);
      return;
    }
    const targets = step.results.map((one, i) => {
      const name = resultName(draft, step, i, {
        inputNames: names,
        at,
        code,
        lastUse,
        live,
        hints,
      });
      live.set(name, one);
      return [one, name] as const;
    });
    for (const [one, name] of targets) code.set(one, atom(name));
    lines.push(...statement(`${targets.map(([, name]) => name).join(', ')} = `, result.text));
  });
  lines.push(...statement('return ', outputs.map((value) => code.get(value)!.text).join(', ')));
  return [`    def forward(${['self', ...names].join(', ')}):`, ...lines];
}

const isName = ({ text }: Code): boolean => /^\w+$/.test(text);

const isScoreStep = (step: Step, { isForScores }: ClassContext): boolean =>
  'node' in step.call && isForScores(step.call.node);

function statement(head: string, text: string): string[] {
  const line = `        ${head}${text}`;
  const open = text.indexOf('(');
  if (line.length <= WIDTH || open < 0 || !text.endsWith(')')) return [line];
  return [
    `        ${head}${text.slice(0, open + 1)}`,
    `            ${text.slice(open + 1, -1)}`,
    '        )',
  ];
}

function stepCode(
  draft: Draft,
  { call, inputs }: Step,
  at: number,
  operands: readonly Code[],
  {
    expressions,
    code,
  }: { readonly expressions: readonly Expression[]; readonly code: ReadonlyMap<number, Code> },
): Code {
  if ('member' in call) {
    const member = draft.members[call.member]!;
    const text = `${memberAccess(member.path)}(${operands.map((one) => one.text).join(', ')})`;
    const fn =
      member.kind === 'layer' && member.layer === 'conv3d'
        ? member.key.split(' ').at(-1)!
        : 'identity';
    return activated(fn as 'identity', atom(text));
  }
  const numbers = draft.fields.flatMap(({ of }, i) =>
    'step' in of && of.step === at ? [expressionText(expressions[i]!, 'self.')] : [],
  );
  const nameOf = (value: number): string => code.get(value < 0 ? inputs[0]! : value)!.text;
  return operationText(call.node, call.key, operands, numbers, nameOf);
}

function lastUses(steps: readonly Step[], outputs: readonly number[]): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  steps.forEach(({ inputs, call }, at) => {
    for (const value of inputs) last.set(value, at);
    // A shape is asked for.
    if ('node' in call && call.key.startsWith('["reshape like"'))
      last.set(JSON.parse(call.key)[1] as number, at);
  });
  for (const value of outputs) last.set(value, steps.length);
  return last;
}

/** Inputs by the pathway that they come from, or x. */
function inputNames({ draft, paths }: ModuleClass): readonly string[] {
  const { inputs, path } = draft;
  if (path === '') return inputs.map(({ name }) => identifier(name));
  if (inputs.length === 1) return ['x'];
  const first = inputs.map((value) => identifier(value.name.split('.')[0]!));
  const areOwn = new Set(first).size === first.length && !first.includes(path.split('.')[0]!);
  return areOwn && paths.length > 0 ? first : inputs.map((_, i) => (i < 3 ? 'xyz'[i]! : `x${i}`));
}

/** What comes of operations. */
const NOUNS: Readonly<Partial<Record<Node['op'], string>>> = {
  max_pool3d: 'pooled',
  avg_pool3d: 'pooled',
  concat: 'joined',
  add: 'total',
  matmul: 'product',
  reshape: 'shaped',
  transpose: 'moved',
};

const LETTERS = ['x', 'y', 'z'];

interface Naming {
  readonly inputNames: readonly string[];
  readonly at: number;
  readonly code: ReadonlyMap<number, Code>;
  readonly lastUse: ReadonlyMap<number, number>;
  readonly live: ReadonlyMap<string, number>;
  /** The variables that inlined values would have had. */
  readonly hints: ReadonlyMap<number, string>;
}

/** The name of an input that is needed no more, or a new one. */
function resultName(
  draft: Draft,
  step: Step,
  result: number,
  { inputNames, at, code, lastUse, live, hints }: Naming,
): string {
  const isFree = (name: string): boolean => {
    const value = live.get(name);
    return value === undefined || (lastUse.get(value) ?? -1) <= at;
  };
  // A name that says what a value is stays with it.
  const reusable = new Set([...LETTERS, ...inputNames]);
  if (result === 0) {
    const names = step.inputs.flatMap((value) => {
      const own = hints.get(value) ?? code.get(value)!.text;
      const isOwn = hints.has(value) || live.get(own) === value;
      return reusable.has(own) && isOwn && isFree(own) ? [{ value, name: own }] : [];
    });
    const size = sizeAt(draft, step.results[0]!);
    const fitting = names.find(({ value }) => sizeAt(draft, value) === size) ?? names[0];
    if (fitting) return fitting.name;
  }
  const own =
    'member' in step.call
      ? draft.members[step.call.member]!.path.at(-1)!
      : (NOUNS[step.call.node.op] ?? lastOf(step.call.node.name));
  const base = draft.path === '' || own.length > 1 ? identifier(own) : 'y';
  const letters = ['y', 'z'].filter(() => own.length === 1);
  for (const name of [...letters, base]) if (isFree(name)) return name;
  let name = base;
  for (let n = 2; !isFree(name); n++) name = `${base}_${n}`;
  return name;
}

/** The size along T, H and W of a value. */
const sizeAt = ({ values }: Draft, value: number): string =>
  values[value]!.type.shape.slice(2).join();

/** Types of inputs and outputs in a sentence. */
export const typeText = (name: string, { type }: Value): string =>
  `${name} [${type.shape.join(', ')}]`;
