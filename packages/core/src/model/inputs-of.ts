/** @file Which inputs a feature needs, for the compiler: what `prune` finds by following the graph. */
import type { Pathways, Stage } from './parts.js';

/**
 * The inputs that features need: their own pathway's, and those of every pathway that is merged into it
 * before. Exact where a backbone's stages are a tuple (as those of a resnet are); where their order is not
 * known and it depends on it, or the pathways are not known, any `string`.
 */
export type InputsOf<
  P extends Pathways,
  L extends string,
  Tap extends string,
> = string extends keyof P
  ? string
  : Tap extends `${infer K}.${infer S}.fused`
    ? OfValue<P, L, K, S> | OfMerged<P, L, K, S>
    : Tap extends `${infer K}.${infer S}`
      ? OfValue<P, L, K, S>
      : string;

/** Of what a stage returns, before anything is merged into it. */
type OfValue<P extends Pathways, L extends string, K extends string, S extends string> =
  | K
  | (P[K]['backbone']['stages'] extends infer Stages extends readonly Stage[]
      ? number extends Stages['length']
        ? Extract<L, `${string}->${K}.${string}`> extends never
          ? never
          : string
        : OfMerged<P, L, K, Before<Stages, S>>
      : never);

/** Of what is merged into a pathway after any of these stages. */
type OfMerged<
  P extends Pathways,
  L extends string,
  K extends string,
  After extends string,
  Places extends string = L,
> = Places extends `${infer From}->${K}.${infer S}`
  ? S extends After
    ? OfValue<P, L, From, S>
    : never
  : never;

/** Names of the stages before one of a tuple. */
type Before<Stages extends readonly Stage[], S extends string> = Stages extends readonly [
  Stage<infer First>,
  ...infer Rest extends readonly Stage[],
]
  ? First extends S
    ? never
    : First | Before<Rest, S>
  : never;
