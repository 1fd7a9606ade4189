/** @file From a graph to the modules of a PyTorch program: one class for all scopes of one structure. */
import { SpecError, type Graph } from '@slowfast/core';
import { classesOf, type ModuleClass } from './classes.js';
import { draftOf, isSequence, type Draft, type Drafting, type Made } from './drafts.js';
import type { Field } from './fields.js';
import { scopeTree, type Scope } from './scopes.js';
import { Wiring } from './units.js';

/** A network as modules: the classes that it is made of, inner ones first, and itself. */
export interface NetworkModules {
  readonly classes: readonly ModuleClass[];
  readonly network: ModuleClass;
}

/** The modules of a {@link hoisted} graph. Throws {@link SpecError} for names that torch.nn cannot have. */
export function modulesOf(graph: Graph): NetworkModules {
  const tree = scopeTree(graph);
  checkNames(tree.root);
  const wiring = new Wiring(graph);
  const made = new Map<Scope, { readonly made: Made; readonly fields: readonly Field[] }>();
  const drafting: Drafting = { graph, tree, wiring, madeOf: (scope) => made.get(scope)! };
  const classes: ModuleClass[] = [];
  for (const scopes of byHeight(tree.root, wiring)) {
    const drafts: Draft[] = [];
    const scopeOf = new Map<string, Scope>();
    for (const scope of scopes) {
      const draft = draftOf(drafting, scope);
      if (isSequence(draft)) {
        made.set(scope, { made: { kind: 'sequence', items: draft.members }, fields: draft.fields });
        continue;
      }
      drafts.push(draft);
      scopeOf.set(draft.path, scope);
    }
    for (const { class: one, fields } of classesOf(drafts, classes.length)) {
      classes.push(one);
      for (const [path, own] of fields) {
        made.set(scopeOf.get(path)!, { made: { kind: 'class', class: one }, fields: own });
      }
    }
  }
  const [root] = classesOf([draftOf(drafting, tree.root)], classes.length);
  return { classes, network: root!.class };
}

/** The scopes that become modules, those first that have none within. */
function byHeight(root: Scope, wiring: Wiring): readonly (readonly Scope[])[] {
  const levels: Scope[][] = [];
  const heightOf = (scope: Scope): number => {
    const within = wiring
      .planOf(scope)
      .units.flatMap((unit) => (unit.kind === 'scope' ? [unit.scope] : []));
    const height = within.reduce((most, child) => Math.max(most, heightOf(child) + 1), 0);
    if (scope !== root) (levels[height] ??= []).push(scope);
    return height;
  };
  heightOf(root);
  return levels.map((level) => level ?? []);
}

/**
 * Operations beside numbered blocks (the pooling before I3D's res3) run in the scope around them, so that the blocks are
 * an `nn.Sequential`, whose members have no other names.
 */
export function hoisted(graph: Graph): Graph {
  const numbered = /^(.+)\.\d+\./;
  const stages = new Set(graph.nodes.flatMap(({ name }) => numbered.exec(name)?.[1] ?? []));
  const nodes = graph.nodes.map((node) => {
    const stage = node.name.slice(0, Math.max(0, node.name.lastIndexOf('.')));
    const isBeside = stages.has(stage) && node.inputs.every(({ name }) => !graph.params.has(name));
    return isBeside ? { ...node, name: node.name.replace(/\.([^.]+)$/, '_$1') } : node;
  });
  return { ...graph, nodes };
}

/** What every module of torch.nn has already. */
const TAKEN = new Set(
  (
    'T_destination add_module apply bfloat16 buffers call_super_init children clear compile cpu cuda double dump_patches ' +
    'eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu items keys ' +
    'load_state_dict modules mtia named_buffers named_children named_modules named_parameters parameters pop ' +
    'register_backward_hook register_buffer register_forward_hook register_forward_pre_hook ' +
    'register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook ' +
    'register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook ' +
    'register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty ' +
    'train training type update values xpu zero_grad'
  ).split(' '),
);

function checkNames(scope: Scope): void {
  for (const child of scope.children.values()) {
    const name = child.path.slice(scope.path === '' ? 0 : scope.path.length + 1);
    if (TAKEN.has(name)) {
      throw new SpecError({
        site: child.path,
        expected: 'a name that modules of PyTorch do not have already',
        received: `'${name}'`,
        remedy: 'Rename the part',
      });
    }
    checkNames(child);
  }
}
