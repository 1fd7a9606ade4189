/** @file A graph as the tree of its scopes: `slow.res4.0.a` is a module within a module, as it is in PyTorch. */
import type { Graph, Node, Param } from '@slowfast/core';

/** The layers of torch.nn that hold parameters. */
export type LayerKind = 'conv3d' | 'batch_norm' | 'linear';

/** A part of the network, with what is directly in it. */
export interface Scope {
  /** `slow.res4.0`; empty for the whole network. */
  readonly path: string;
  readonly children: Map<string, Scope>;
  readonly nodes: Node[];
  /** Parameters that no layer of torch.nn holds. */
  readonly params: Param[];
}

/** A graph's scopes, and which nodes are layers of torch.nn. */
export interface ScopeTree {
  readonly root: Scope;
  /** Names of the layers by node: `conv` for `slow.stem.conv`. */
  readonly layers: ReadonlyMap<Node, string>;
}

const PARTS: Readonly<Record<LayerKind, readonly string[]>> = {
  conv3d: ['weight', 'bias'],
  batch_norm: ['weight', 'bias', 'running_mean', 'running_var'],
  linear: ['weight', 'bias'],
};

/** The scopes of a graph. A layer is in the scope of its parameters, any other node in that of its name. */
export function scopeTree(graph: Graph): ScopeTree {
  const root = emptyScope('');
  const layers = new Map<Node, string>();
  const paths = new Set<string>();
  const scopes = scopePaths(graph);
  for (const node of graph.nodes) {
    const path = layerPath(node, graph, scopes);
    if (path === undefined) {
      scopeAt(root, parentOf(node.name)).nodes.push(node);
      continue;
    }
    layers.set(node, lastOf(path));
    scopeAt(root, parentOf(path)).nodes.push(node);
    for (const { name } of node.inputs.slice(1)) paths.add(name);
  }
  for (const param of graph.params.values()) {
    if (!paths.has(param.name)) scopeAt(root, parentOf(param.name)).params.push(param);
  }
  return { root, layers };
}

/** The scope of a name: `slow.res4` for `slow.res4.0`. */
export const parentOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('.')));

/** The last part of a name. */
export const lastOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** All nodes of a scope and those within it. */
export function* nodesOf(scope: Scope): Generator<Node> {
  yield* scope.nodes;
  for (const child of scope.children.values()) yield* nodesOf(child);
}

const emptyScope = (path: string): Scope => ({ path, children: new Map(), nodes: [], params: [] });

function scopeAt(root: Scope, path: string): Scope {
  let scope = root;
  for (const part of path === '' ? [] : path.split('.')) {
    let child = scope.children.get(part);
    if (!child) {
      child = emptyScope(scope.path === '' ? part : `${scope.path}.${part}`);
      scope.children.set(part, child);
    }
    scope = child;
  }
  return scope;
}

/** Every path that has something within it, layers apart. */
function scopePaths({ nodes }: Graph): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const { name } of nodes) {
    for (let path = parentOf(name); path !== ''; path = parentOf(path)) paths.add(path);
  }
  return paths;
}

/** The path of the layer that a node is: its parameters are that layer's, and no other node's. */
function layerPath(node: Node, graph: Graph, scopes: ReadonlySet<string>): string | undefined {
  if (!(node.op in PARTS)) return undefined;
  const names = node.inputs.slice(1).map(({ name }) => name);
  const path = parentOf(names[0] ?? '');
  const parts = PARTS[node.op as LayerKind];
  const isLayer =
    path !== '' &&
    !scopes.has(path) &&
    names.every((name, i) => name === `${path}.${parts[i]}` && graph.params.has(name)) &&
    names.every((name) => usersOf(graph, name) === 1) &&
    [...graph.params.keys()].filter((name) => name.startsWith(`${path}.`)).length === names.length;
  return isLayer ? path : undefined;
}

const users = new WeakMap<Graph, ReadonlyMap<string, number>>();

function usersOf(graph: Graph, name: string): number {
  let counts = users.get(graph);
  if (!counts) {
    const all = new Map<string, number>();
    for (const { inputs } of graph.nodes) {
      for (const input of inputs) all.set(input.name, (all.get(input.name) ?? 0) + 1);
    }
    users.set(graph, (counts = all));
  }
  return counts.get(name) ?? 0;
}
