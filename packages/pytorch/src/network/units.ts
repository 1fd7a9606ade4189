/**
 * @file The order in which the parts of a scope run. A scope that others wait for in its middle (a pathway between its
 * lateral connections) cannot run as one: it becomes a container, and what is in it runs where it stands.
 */
import type { Graph, Node, Value } from '@slowfast/core';
import { nodesOf, type Scope } from './scopes.js';

/** Something that runs as one: a node, or a whole scope. */
export type Unit =
  | { readonly kind: 'node'; readonly node: Node; readonly scope: Scope }
  | { readonly kind: 'scope'; readonly scope: Scope };

/** Which values go into a part and come out of it. */
export interface Ports {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** The parts of a scope in order, and the containers among its scopes. */
export interface Plan {
  readonly units: readonly Unit[];
  readonly containers: readonly Scope[];
}

/** What a graph's nodes are used by. */
export class Wiring {
  readonly #position = new Map<Node, number>();
  readonly #users = new Map<string, Node[]>();
  readonly #producers = new Map<string, Node>();
  readonly #results: ReadonlySet<string>;
  readonly #graph: Graph;

  constructor(graph: Graph) {
    this.#graph = graph;
    graph.nodes.forEach((node, i) => {
      this.#position.set(node, i);
      this.#producers.set(node.output.name, node);
      for (const { name } of node.inputs) {
        const users = this.#users.get(name);
        if (users) users.push(node);
        else this.#users.set(name, [node]);
      }
    });
    this.#results = new Set(Object.values<Value>(graph.outputs).map(({ name }) => name));
  }

  /** What a set of nodes takes from outside, in the order of its use, and what it gives to the outside. */
  portsOf(nodes: readonly Node[], isOwn: (param: string) => boolean): Ports {
    const sorted = this.sorted(nodes);
    const inside = new Set(sorted);
    const inputs = new Map<string, Value>();
    for (const { inputs: used } of sorted) {
      for (const value of used) {
        const producer = this.#producers.get(value.name);
        if (
          producer ? inside.has(producer) : this.#graph.params.has(value.name) && isOwn(value.name)
        )
          continue;
        inputs.set(value.name, value);
      }
    }
    const outputs = sorted
      .map(({ output }) => output)
      .filter(
        ({ name }) =>
          this.#results.has(name) || this.#users.get(name)?.some((node) => !inside.has(node)),
      );
    return { inputs: [...inputs.values()], outputs };
  }

  /** Nodes as the graph has them. */
  sorted(nodes: Iterable<Node>): readonly Node[] {
    return [...nodes].sort((a, b) => this.#position.get(a)! - this.#position.get(b)!);
  }

  /** The parts of a scope in an order in which each has what it needs. */
  planOf(scope: Scope): Plan {
    // Pathways that others read in their middle read better as their stages, also where they could run as one.
    const isRead = (child: Scope): boolean =>
      scope.path === '' && this.portsOf([...nodesOf(child)], () => true).outputs.length > 1;
    const containers = new Set([...scope.children.values()].filter(isRead));
    for (;;) {
      const units = this.#ordered(unitsOf(scope, containers));
      if (!('stuck' in units)) return { units: units, containers: [...containers] };
      // One that waits for itself has to be opened; else any that waits for another will do.
      const own = units.stuck.filter((one) => !this.#isConvex(one));
      const stuck = own.length > 0 ? own : units.stuck;
      const outermost = Math.min(...stuck.map(depthOf));
      const outer = stuck.filter((one) => depthOf(one) === outermost);
      containers.add(outer.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a)));
    }
  }

  /** Whether no way leads from a scope out of it and back into it. */
  #isConvex(scope: Scope): boolean {
    const inside = new Set(nodesOf(scope));
    const after = new Set<Node>();
    for (const node of this.#graph.nodes) {
      const producers = node.inputs.flatMap(({ name }) => this.#producers.get(name) ?? []);
      if (inside.has(node)) {
        if (producers.some((producer) => after.has(producer))) return false;
      } else if (producers.some((producer) => inside.has(producer) || after.has(producer)))
        after.add(node);
    }
    return true;
  }

  /** Kahn's algorithm, first come first; or the scopes that wait for each other. */
  #ordered(units: readonly Unit[]): readonly Unit[] | { readonly stuck: readonly Scope[] } {
    const owner = new Map<Node, Unit>();
    for (const unit of units) for (const node of unitNodes(unit)) owner.set(node, unit);
    const needs = new Map<Unit, Set<Unit>>();
    const first = new Map<Unit, number>();
    for (const unit of units) {
      const requirements = new Set<Unit>();
      let start = Number.POSITIVE_INFINITY;
      for (const node of unitNodes(unit)) {
        start = Math.min(start, this.#position.get(node)!);
        for (const { name } of node.inputs) {
          const from = owner.get(this.#producers.get(name)!);
          if (from && from !== unit) requirements.add(from);
        }
      }
      needs.set(unit, requirements);
      first.set(unit, start);
    }
    const waiting = [...units].sort((a, b) => first.get(a)! - first.get(b)!);
    const done = new Set<Unit>();
    const order: Unit[] = [];
    while (waiting.length > 0) {
      const next = waiting.findIndex((unit) => [...needs.get(unit)!].every((one) => done.has(one)));
      if (next < 0) {
        // What only waits for a cycle is not opened for it.
        const stuck = waiting.flatMap((unit) =>
          unit.kind === 'scope' && reaches(unit, unit, needs, done) ? [unit.scope] : [],
        );
        return { stuck };
      }
      const [unit] = waiting.splice(next, 1);
      done.add(unit!);
      order.push(unit!);
    }
    return order;
  }
}

/** Whether the way of needs from one unit leads to another. */
function reaches(
  from: Unit,
  to: Unit,
  needs: ReadonlyMap<Unit, ReadonlySet<Unit>>,
  done: ReadonlySet<Unit>,
): boolean {
  const visits = new Set<Unit>();
  const queue = [...needs.get(from)!];
  for (let unit = queue.pop(); unit; unit = queue.pop()) {
    if (unit === to) return true;
    if (visits.has(unit) || done.has(unit)) continue;
    visits.add(unit);
    queue.push(...needs.get(unit)!);
  }
  return false;
}

function unitsOf(scope: Scope, containers: ReadonlySet<Scope>): Unit[] {
  const units: Unit[] = scope.nodes.map((node) => ({ kind: 'node', node, scope }));
  for (const child of scope.children.values()) {
    if (containers.has(child)) units.push(...unitsOf(child, containers));
    else if (sizeOf(child) > 0) units.push({ kind: 'scope', scope: child });
  }
  return units;
}

const unitNodes = (unit: Unit): Iterable<Node> =>
  unit.kind === 'node' ? [unit.node] : nodesOf(unit.scope);

const sizeOf = (scope: Scope): number => [...nodesOf(scope)].length;

const depthOf = ({ path }: Scope): number => path.split('.').length;
