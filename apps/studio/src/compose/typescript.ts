/** @file The program that composes a specification's network, to copy. */
import { backboneCall, type BackboneCall } from './backbone.js';
import { pathwayNumbers } from './network.js';
import type { LateralSpecification, PathwaySpecification, Specification } from './specification.js';

const CONNECTIONS = {
  'time-strided-conv': 'timeStridedConv',
  'time-strided-sample': 'timeStridedSample',
  'time-to-channel': 'timeToChannel',
} as const;

const quoted = (text: string): string =>
  `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`;
const key = (name: string): string => (/^[a-z_$][\w$]*$/i.test(name) ? name : quoted(name));
const list = (names: readonly string[]): string => `[${names.map(quoted).join(', ')}]`;

/** TypeScript for the network, which needs the packages that it imports. */
export function typescriptOf(specification: Specification): string {
  const { network, pathways, laterals } = specification;
  const calls = pathways.map((own) => callOf(specification, own));
  const parts = calls.flatMap(({ factory, plan }) => [factory, ...(plan ? [plan] : [])]);
  const kinds = [...new Set(laterals.map(({ kind }) => CONNECTIONS[kind]))].sort();
  const read = pathways.filter(({ inHead }) => inHead).map(({ name }) => name);
  return [
    `import { ${[...new Set(parts)].sort().join(', ')} } from '@slowfast/backbones';`,
    `import { composeModel } from '@slowfast/core';`,
    ...(kinds.length > 0 ? [`import { ${kinds.join(', ')} } from '@slowfast/fusion';`] : []),
    `import { classificationHead } from '@slowfast/heads';`,
    '',
    'export const model = composeModel({',
    `  name: ${quoted(network.name)},`,
    `  size: ${network.size},`,
    '  pathways: {',
    ...pathways.flatMap((own) => pathwayLines(specification, own)),
    '  },',
    ...(laterals.length > 0 ? ['  laterals: [', ...laterals.map(lateralLine), '  ],'] : []),
    '  head: classificationHead({',
    `    pathways: ${list(read)},`,
    `    classes: ${network.classes},`,
    `    dropout: ${network.dropout},`,
    '  }),',
    '});',
    '',
  ].join('\n');
}

const callOf = (specification: Specification, own: PathwaySpecification): BackboneCall =>
  backboneCall(own, pathwayNumbers(specification, own).width);

function pathwayLines(specification: Specification, own: PathwaySpecification): readonly string[] {
  const { frames, stride } = pathwayNumbers(specification, own);
  const { factory, plan, options } = callOf(specification, own);
  return [
    `    ${key(own.name)}: {`,
    `      backbone: ${factory}({`,
    ...Object.entries(options).map(([name, value]) => `        ${name}: ${literal(value)},`),
    ...(plan ? [`        temporalKernels: ${plan},`] : []),
    '      }),',
    `      frames: ${frames},`,
    `      temporalStride: ${stride},`,
    '    },',
  ];
}

const literal = (value: unknown): string =>
  typeof value === 'string' ? quoted(value) : JSON.stringify(value);

function lateralLine({ from, to, after, kind, kernel, merge }: LateralSpecification): string {
  const options = kind === 'time-strided-conv' ? `{ kernel: ${kernel} }` : '';
  return `    { from: ${quoted(from)}, to: ${quoted(to)}, after: ${list(after)}, via: ${CONNECTIONS[kind]}(${options}), merge: ${quoted(merge)} },`;
}
