/** @file From a specification to a network, and where it does not fit. */
import {
  composeModel,
  SlowFastError,
  SpecError,
  type Lateral,
  type LateralConnection,
  type Model,
  type Pathway,
  type Pathways,
} from '@slowfast/core';
import { timeStridedConv, timeStridedSample, timeToChannel } from '@slowfast/fusion';
import { classificationHead } from '@slowfast/heads';
import { backboneCall, madeBackbone } from './backbone.js';
import type { LateralSpecification, PathwaySpecification, Specification } from './specification.js';

/** The part of the form that an error belongs to. */
export type Place = 'network' | `pathways.${number}` | `laterals.${number}`;

/** What is wrong, as the composer words it, and where. */
export interface Misfit {
  readonly place: Place;
  readonly message: string;
}

/** Frames, stride and channels of a pathway, from those of the network and its own α and β. */
export function pathwayNumbers(
  { network }: Specification,
  { alpha, beta }: PathwaySpecification,
): { readonly frames: number; readonly stride: number; readonly width: number } {
  return {
    frames: network.frames * alpha,
    stride: network.stride / alpha,
    width: network.width * beta,
  };
}

/** Composes the network. Throws what its parts throw; {@link misfitOf} says where it belongs. */
export function networkOf(specification: Specification): Model<Pathways, 'scores'> {
  const { network, laterals } = specification;
  const pathways = Object.fromEntries(
    specification.pathways.map((own, i) => [
      own.name,
      at(`pathways.${i}`, () => pathwayOf(specification, own, i)),
    ]),
  );
  const read = specification.pathways.filter(({ inHead }) => inHead).map(({ name }) => name);
  const connections = laterals.map((own, i) =>
    at(`laterals.${i}`, (): Lateral => {
      const { from, to, after, merge } = own;
      return { from, to, after, merge, via: connectionOf(own) };
    }),
  );
  return composeModel<Pathways, 'scores', never, never>({
    name: network.name,
    size: network.size,
    pathways,
    // Which pathways there are only running shows: the composer checks what the compiler cannot.
    laterals: connections as unknown as readonly never[],
    head: classificationHead({
      pathways: read,
      classes: network.classes,
      dropout: network.dropout,
    }),
  });
}

function pathwayOf(
  specification: Specification,
  own: PathwaySpecification,
  index: number,
): Pathway {
  if (specification.pathways.findIndex(({ name }) => name === own.name) !== index) {
    throw new SpecError({
      site: `pathway ${own.name}`,
      expected: 'a name of its own',
      received: 'that of another pathway',
    });
  }
  const { frames, stride, width } = pathwayNumbers(specification, own);
  const backbone = madeBackbone(backboneCall(own, width));
  return { backbone, frames, temporalStride: stride };
}

function connectionOf({ kind, kernel }: LateralSpecification): LateralConnection {
  if (kind === 'time-strided-conv') return timeStridedConv({ kernel });
  return kind === 'time-strided-sample' ? timeStridedSample() : timeToChannel();
}

const PLACES = new WeakMap<Error, Place>();

function at<T>(place: Place, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error) PLACES.set(error, place);
    throw error;
  }
}

/** The part of the form that an error of {@link networkOf} belongs to; rethrows what is a bug. */
export function misfitOf(error: unknown, { pathways, laterals }: Specification): Misfit {
  if (!(error instanceof SlowFastError)) throw error;
  const { site, message } = error;
  const place = PLACES.get(error);
  if (place) return { place, message };
  const ends = /^lateral\[(.*?)->(.*?)\](?:\.(\w+))?/.exec(site);
  if (ends) {
    const [, from, to, stage] = ends;
    const index = laterals.findIndex(
      (own) =>
        own.from === from &&
        own.to === to &&
        (stage === undefined || (own.after as readonly string[]).includes(stage)),
    );
    if (index >= 0) return { place: `laterals.${index}`, message };
  }
  const owner = pathways.findIndex(
    ({ name }) => site.endsWith(`pathway ${name}`) || site.startsWith(`${name}.`),
  );
  return { place: owner >= 0 ? `pathways.${owner}` : 'network', message };
}
