/** @file What composing checks before it builds anything: names and numbers. */
import { SpecError } from '../errors.js';
import { nearestNames } from './nearest.js';
import type { Lateral, Pathway, Pathways, Size } from './parts.js';

/** What {@link checkSpec} looks at. */
export interface CheckedSpec {
  readonly name: string;
  readonly pathways: Pathways;
  readonly size: Size;
  readonly laterals: readonly Lateral[];
  readonly headPathways: readonly string[];
}

/** Throws {@link SpecError} when names are unknown or doubled, or numbers are not counts. */
export function checkSpec(spec: CheckedSpec): void {
  const { pathways, laterals, headPathways } = spec;
  const names = Object.keys(pathways);
  if (names.length === 0) {
    throw new SpecError({ site: spec.name, expected: 'at least one pathway', received: 'none' });
  }
  checkSize(spec.name, spec.size);
  for (const name of names) checkPathway(name, pathways);
  checkSpans(spec.name, pathways);
  for (const lateral of laterals) checkLateral(lateral, pathways);
  checkOnce(
    laterals.flatMap(({ from, to, after }) => after.map((s) => `lateral[${from}->${to}].${s}`)),
  );
  if (headPathways.length === 0) {
    throw new SpecError({
      site: 'head',
      expected: 'at least one pathway to read',
      received: 'none',
    });
  }
  for (const name of headPathways) known('head', 'a pathway', name, names);
}

/** What follows `head.` and `lateral.` in the names of a graph is not a pathway's. */
const RESERVED: readonly string[] = ['head', 'lateral'];

function checkPathway(name: string, pathways: Pathways): void {
  const site = `pathway ${name}`;
  const { backbone, frames, temporalStride, channels = 3, size } = pathways[name]!;
  checkName(site, name);
  if (RESERVED.includes(name)) {
    throw new SpecError({
      site,
      expected: `a name other than ${RESERVED.join(' and ')}`,
      received: `'${name}'`,
    });
  }
  count(site, 'frames', frames);
  checkStride(site, temporalStride);
  count(site, 'channels', channels);
  if (size !== undefined) checkSize(site, size);
  if (backbone.stages.length === 0) {
    throw new SpecError({ site, expected: 'a backbone of at least one stage', received: 'none' });
  }
  // Taps are read as pathway.stage and pathway.stage.fused.
  for (const stage of backbone.stages) checkName(`a stage of pathway ${name}`, stage.name);
  checkOnce(backbone.stages.map((stage) => `${name}.${stage.name}`));
}

/** Pathways look at one clip (paper, section 3): its frames, each at a stride of its own. */
function checkSpans(site: string, pathways: Pathways): void {
  const span = ({ frames, temporalStride }: Pathway): number => frames * temporalStride;
  const text = ([name, pathway]: readonly [string, Pathway]): string =>
    `${name} ${pathway.frames}x${pathway.temporalStride} = ${span(pathway)}`;
  const [first, ...others] = Object.entries(pathways);
  const other = others.find(([, pathway]) => Math.abs(span(pathway) / span(first![1]) - 1) > 1e-9);
  if (other === undefined) return;
  throw new SpecError({
    site,
    expected: 'pathways that span the same raw frames (frames x temporalStride)',
    received: `${text(first!)}, ${text(other)}`,
    remedy: 'Multiply the frames of a pathway by α where its temporal stride is divided by α',
  });
}

function checkName(site: string, name: string): void {
  if (/^[A-Za-z][\w-]*$/.test(name)) return;
  throw new SpecError({
    site,
    expected: 'a name of letters, digits, - and _ that begins with a letter',
    received: `'${name}'`,
  });
}

function checkSize(site: string, size: Size): void {
  const sides: readonly number[] = typeof size === 'object' ? size : [size, size];
  for (const side of sides) count(site, 'size', side);
  if (sides.length === 2) return;
  throw new SpecError({ site, expected: 'size to be height and width', received: `[${sides}]` });
}

function checkLateral({ from, to, after, merge = 'concat' }: Lateral, pathways: Pathways): void {
  const site = `lateral[${from}->${to}]`;
  known(site, 'a merge', merge, ['concat', 'sum']);
  for (const name of [from, to]) known(site, 'a pathway', name, Object.keys(pathways));
  if (from === to) {
    throw new SpecError({
      site,
      expected: 'two different pathways',
      received: `'${from}' on both ends`,
    });
  }
  if (after.length === 0) {
    throw new SpecError({ site, expected: 'at least one stage', received: 'none' });
  }
  for (const end of [from, to]) {
    const stages = pathways[end]!.backbone.stages.map((stage) => stage.name);
    for (const stage of after) known(site, `a stage of pathway ${end}`, stage, stages);
  }
}

function known(site: string, what: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  throw new SpecError({
    site,
    expected: `${what} (${names.join(', ')})`,
    received: `'${name}'`,
    remedy: `The nearest is '${nearestNames(name, names, 1)[0]}'`,
  });
}

function count(site: string, what: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new SpecError({
    site,
    expected: `${what} to be a whole number of at least 1`,
    received: `${value}`,
  });
}

/** Less than 1 for what has more frames than the video: a spectrogram. */
function checkStride(site: string, value: number): void {
  if (!(value > 0 && value < 1)) count(site, 'temporalStride', value);
}

function checkOnce(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new SpecError({ site: twice, expected: 'to be given once', received: 'it twice' });
}
