/** @file Every scope as a module of PyTorch before equal ones have become one class: members, steps, numbers. */
import type { Graph, Node, Param, Value } from '@slowfast/core';
import { layerOf, operationOf, type Field } from './fields.js';
import { lastOf, nodesOf, type LayerKind, type Scope, type ScopeTree } from './scopes.js';
import type { Wiring } from './units.js';
import { type Ports, type Unit } from './units.js';
import type { ModuleClass } from './classes.js';

/** Something that `__init__` makes. */
export type Member =
  | {
      readonly kind: 'layer';
      readonly path: MemberPath;
      readonly layer: LayerKind;
      readonly key: string;
    }
  | { readonly kind: 'module'; readonly path: MemberPath; readonly made: Made }
  | { readonly kind: 'parameter'; readonly path: MemberPath; readonly param: Param };

/** Where a member is: through containers, then its name. */
export type MemberPath = readonly string[];

/** What makes a module: a class, or layers and modules in a row. */
export type Made =
  | { readonly kind: 'class'; readonly class: ModuleClass }
  | { readonly kind: 'sequence'; readonly items: readonly Member[] };

/** Something that `forward` does. Values are numbers: first the inputs, then the results. */
export interface Step {
  /** The member that is called, or the operation. */
  readonly call: { readonly member: number } | { readonly node: Node; readonly key: string };
  readonly inputs: readonly number[];
  readonly results: readonly number[];
}

/** A scope as a module. */
export interface Draft {
  readonly path: string;
  readonly members: readonly Member[];
  readonly containers: readonly MemberPath[];
  readonly inputs: readonly Value[];
  readonly steps: readonly Step[];
  readonly outputs: readonly number[];
  /** By their numbers. */
  readonly values: readonly Value[];
  /** The numbers of members, then of steps, each with whose they are. */
  readonly fields: readonly OwnedField[];
}

/** A number and the member or step that it belongs to. */
export interface OwnedField extends Field {
  readonly of: { readonly member: number } | { readonly step: number };
}

/** Parts of a graph and how they become modules. */
export interface Drafting {
  readonly graph: Graph;
  readonly tree: ScopeTree;
  readonly wiring: Wiring;
  /** What a scope within has become. */
  readonly madeOf: (scope: Scope) => { readonly made: Made; readonly fields: readonly Field[] };
}

const isWithin = (scope: Scope, name: string): boolean =>
  scope.path === '' || name.startsWith(`${scope.path}.`);

/** What goes into a scope and comes out of it. */
export function portsOf(
  { graph, wiring }: Pick<Drafting, 'graph' | 'wiring'>,
  scope: Scope,
): Ports {
  if (scope.path === '')
    return { inputs: Object.values(graph.inputs), outputs: Object.values(graph.outputs) };
  return wiring.portsOf([...nodesOf(scope)], (param) => isWithin(scope, param));
}

/** A scope as a module; the scopes within it are made already. */
export function draftOf(drafting: Drafting, scope: Scope): Draft {
  const { tree, wiring } = drafting;
  const { units, containers } = wiring.planOf(scope);
  const pathOf = (name: string): MemberPath =>
    (scope.path === '' ? name : name.slice(scope.path.length + 1)).split('.');
  const ports = portsOf(drafting, scope);
  const values = new Map<string, number>();
  const operands: Value[] = [];
  const numberOf = (value: Value): number => {
    let number = values.get(value.name);
    if (number === undefined) {
      values.set(value.name, (number = values.size));
      operands.push(value);
    }
    return number;
  };
  for (const value of ports.inputs) numberOf(value);
  const members: Member[] = [];
  const fields: OwnedField[] = [];
  const steps: Step[] = [];
  const paramHolders = [scope, ...containers];
  for (const param of paramHolders.flatMap(({ params }) => params)) {
    members.push({ kind: 'parameter', path: pathOf(param.name), param });
    numberOf(param);
  }
  const stepOf = (unit: Unit): void => {
    if (unit.kind === 'scope') {
      const { made, fields: own } = drafting.madeOf(unit.scope);
      const path = pathOf(unit.scope.path);
      const member = members.push({ kind: 'module', path, made }) - 1;
      const label = path.at(-1)!;
      for (const field of own) {
        const owner = field.owner === '' ? label : `${label}_${field.owner}`;
        fields.push({ ...field, owner, of: { member } });
      }
      const { inputs, outputs } = portsOf(drafting, unit.scope);
      steps.push({
        call: { member },
        inputs: inputs.map(numberOf),
        results: outputs.map(numberOf),
      });
      return;
    }
    const { node } = unit;
    const layerName = tree.layers.get(node);
    if (layerName === undefined) {
      const before = [...operands];
      const inputs = node.inputs.map(numberOf);
      const { key, fields: own } = operationOf(node, lastOf(node.name), before);
      for (const field of own) fields.push({ ...field, of: { step: steps.length } });
      steps.push({ call: { node, key }, inputs, results: [numberOf(node.output)] });
      return;
    }
    const path = [...pathOf(node.inputs[1]!.name).slice(0, -1)];
    const { key, fields: own, layer } = layerOf(node, layerName);
    const member = members.push({ kind: 'layer', path, layer, key }) - 1;
    for (const field of own) fields.push({ ...field, of: { member } });
    steps.push({
      call: { member },
      inputs: [numberOf(node.inputs[0]!)],
      results: [numberOf(node.output)],
    });
  };
  units.forEach(stepOf);
  return {
    path: scope.path,
    members,
    containers: containers.map(({ path }) => pathOf(path)),
    inputs: ports.inputs,
    steps,
    outputs: ports.outputs.map(numberOf),
    values: operands,
    fields,
  };
}

/** Whether a module is nothing but its members in a row, named as `nn.Sequential` names them. */
export const isSequence = ({ members, steps, inputs, outputs, containers }: Draft): boolean =>
  containers.length === 0 &&
  inputs.length === 1 &&
  members.length > 0 &&
  members.length === steps.length &&
  members.every(({ kind, path }, i) => kind !== 'parameter' && path.join('.') === `${i}`) &&
  steps.every(
    ({ call, inputs: used, results }, i) =>
      'member' in call &&
      call.member === i &&
      used.join() === `${i}` &&
      results.join() === `${i + 1}`,
  ) &&
  outputs.join() === `${steps.length}`;

/** What makes two members the same but for their numbers. */
export function memberKey(member: Member): unknown {
  switch (member.kind) {
    case 'layer':
      return [member.path, member.key];
    case 'parameter':
      return [member.path, member.param.role, member.param.type.shape];
    case 'module':
      return [member.path, madeKey(member.made)];
  }
}

const madeKey = (made: Made): unknown =>
  made.kind === 'class' ? made.class.id : made.items.map(memberKey);

/** Equal for modules of the same structure. */
export function draftKey({ members, containers, inputs, steps, outputs }: Draft): string {
  return JSON.stringify([
    members.map(memberKey),
    containers,
    inputs.length,
    steps.map(({ call, inputs: used, results }) => [
      'member' in call ? call.member : call.key,
      used,
      results,
    ]),
    outputs,
  ]);
}
