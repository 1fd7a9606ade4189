/** @file What composing checks before it builds anything: names and numbers. */
import { SpecError } from '../errors.js';
import { nearestNames } from './nearest.js';
import type { Lateral, Pathways } from './parts.js';

/** Throws {@link SpecError} when names are unknown or doubled, or numbers are not counts. */
export function checkSpec(
  model: string,
  pathways: Pathways,
  laterals: readonly Lateral[],
  headPathways: readonly string[],
): void {
  const names = Object.keys(pathways);
  if (names.length === 0) {
    throw new SpecError({ site: model, expected: 'at least one pathway', received: 'none' });
  }
  for (const name of names) checkPathway(name, pathways);
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

function checkPathway(name: string, pathways: Pathways): void {
  const site = `pathway ${name}`;
  const { backbone, frames, temporalStride, channels = 3, size } = pathways[name]!;
  if (!/^[A-Za-z][\w-]*$/.test(name)) {
    throw new SpecError({
      site,
      expected: 'a name of letters, digits, - and _ that begins with a letter',
      received: `'${name}'`,
    });
  }
  count(site, 'frames', frames);
  count(site, 'temporalStride', temporalStride);
  count(site, 'channels', channels);
  for (const side of typeof size === 'number' ? [size] : (size ?? [])) count(site, 'size', side);
  if (backbone.stages.length === 0) {
    throw new SpecError({ site, expected: 'a backbone of at least one stage', received: 'none' });
  }
  checkOnce(backbone.stages.map((stage) => `${name}.${stage.name}`));
}

function checkLateral({ from, to, after }: Lateral, pathways: Pathways): void {
  const site = `lateral[${from}->${to}]`;
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

function checkOnce(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new SpecError({ site: twice, expected: 'to be given once', received: 'it twice' });
}
