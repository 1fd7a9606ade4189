/** @file The text of `model.py`: a network as a program of torch.nn alone. */
import { checkArguments, type Graph, type Node, type Value } from '@slowfast/core';
import type { ModuleClass } from './classes.js';
import { classText, typeText, type ClassContext } from './class-text.js';
import { hoisted, modulesOf } from './modules.js';
import { classNames } from './names.js';
import { ROI_ALIGN } from './roi-align.js';

/** A network that has a name and a graph; every composed model is one. */
export interface NamedGraph {
  readonly name: string;
  readonly graph: Graph;
}

/**
 * A network as the text of a Python module: classes of `torch.nn.Module`, the last of which is `Network`. Its parameters
 * have the graph's names. In training mode it returns logits, as PyTorch's losses want them. Throws SpecError for
 * names that modules of PyTorch cannot have.
 *
 * @example
 * await writeFile('model.py', pytorchModel(slowFastNetwork({ depth: 50, frames: 32, alpha: 8 })));
 */
export function pytorchModel({ name, graph: original }: NamedGraph): string {
  checkArguments('pytorchModel', { name: [name, 'string'], graph: [original, 'graph'] });

  const graph = hoisted(original);
  const { classes, network } = modulesOf(graph);
  const names = classNames(classes, 'Network');
  const context: ClassContext = {
    nameOf: (id) => names.get(id)!,
    isForScores: scoreActivations(graph),
  };
  const texts = [
    ...classes.map((one) => classText(one, names.get(one.id)!, classDocs(one), context)),
    classText(network, 'Network', networkDocs(name, graph), context),
  ];
  const body = texts.join('\n\n\n');
  const tools = [
    ...(body.includes('same(') ? [SAME] : []),
    ...(body.includes('roi_align(') ? [ROI_ALIGN] : []),
  ];
  const imports = [
    'import torch',
    'from torch import nn',
    ...(/\bF\./.test(tools.join('') + body) ? ['from torch.nn import functional as F'] : []),
  ];
  return `${[header(name), imports.join('\n')].join('\n\n')}\n\n\n${[...tools, body].join('\n\n\n')}\n`;
}

const header = (name: string): string =>
  `"""${name}: a network composed with SlowFast.ts, as plain PyTorch.\n\n` +
  `Axes are N C T H W: clips, channels, frames, rows, columns.\n"""`;

const SAME = `def same(kernel, dilation=(1, 1, 1)):
    """The padding that keeps the size at stride 1."""
    return tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation))`;

function classDocs({ paths }: ModuleClass): readonly string[] {
  const [first, second] = paths;
  if (paths.length === 1) return [`${first}.`];
  return [
    paths.length === 2 ? `${first} and ${second}.` : `${first} and ${paths.length - 1} more.`,
  ];
}

function networkDocs(name: string, graph: Graph): readonly string[] {
  const list = (values: Readonly<Record<string, Value>>): string =>
    Object.entries(values)
      .map(([key, value]) => typeText(key, value))
      .join(', ');
  const logits = [...graph.nodes].some(scoreActivations(graph));
  return [
    `${name}.`,
    `Takes ${list(graph.inputs)};`,
    `returns ${list(graph.outputs)}${logits ? ', logits while training' : ''}.`,
  ];
}

/** Activations after which nothing comes but means and the like: while training the loss does without. */
function scoreActivations(graph: Graph): (node: Node) => boolean {
  const users = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const { name } of node.inputs) users.set(name, [...(users.get(name) ?? []), node]);
  }
  const isLast = ({ output }: Node): boolean =>
    (users.get(output.name) ?? []).every(
      (next) => next.op === 'reduce' && next.attrs.fn === 'mean' && isLast(next),
    );
  return (node) =>
    (node.op === 'softmax' || (node.op === 'activation' && node.attrs.fn === 'sigmoid')) &&
    isLast(node);
}
