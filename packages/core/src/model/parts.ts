/**
 * @file The parts that a model is composed of. Each is a value that anyone can write: a factory that
 * returns a readonly object is all an extension needs.
 */
import type { GraphBuilder } from '../ir/builder.js';
import type { Value } from '../ir/types.js';

/** A named step of a backbone; its output is a tap and may feed lateral connections. */
export interface Stage<S extends string = string> {
  readonly name: S;
  /** Its blocks, for descriptions; without them every layer of the stage stands alone. */
  readonly blocks?: StageBlocks;
  /** Adds the stage to the graph: `[N, C, T, H, W] → [N, C', T', H', W']`. */
  build(g: GraphBuilder, x: Value): Value;
}

/** Which scopes of a stage are its blocks, and what is in them beside their layers. */
export interface StageBlocks {
  /** The scope of each block, in order: `['0', '1', '2']`. */
  readonly scopes: readonly string[];
  /** Scopes in a block that run beside its layers and are not listed with them: `['shortcut']`. */
  readonly beside?: readonly string[];
  /** Scopes that follow on a block, with what they are called: `{ nonlocal: 'non-local' }`. */
  readonly added?: Readonly<Record<string, string>>;
}

/** Any convolutional network that can be a pathway: stages in order. */
export interface Backbone<S extends string = string> {
  readonly stages: readonly Stage<S>[];
}

/** Height and width in pixels, or one number for both. */
export type Size = number | readonly [height: number, width: number];

/** A backbone with the clip it looks at (paper, section 3). */
export interface Pathway<S extends string = string> {
  readonly backbone: Backbone<S>;
  /** T: frames of this pathway's input. */
  readonly frames: number;
  /** τ: raw frames from one input frame to the next; less than 1 for what has more frames than the video (sound). */
  readonly temporalStride: number;
  /** Input channels; default 3. */
  readonly channels?: number;
  /** Input size where it differs from the model's (a spectrogram, for one). */
  readonly size?: Size;
}

/** Brings features of one pathway into the shape of another (paper, section 3.4). */
export interface LateralConnection {
  /** What it is called in descriptions: `time-strided-conv`. */
  readonly kind: string;
  /**
   * `from` `[N, Cf, Tf, H, W]` → `[N, C, T, H, W]` with T, H, W of `to`; of what is merged by `sum`, `to` is all that was
   * joined before it, and T, H and W may be 1. Report a mismatch with `g.fail(expected, received)`, calling values by
   * `g.labelOf(value)`.
   */
  transform(g: GraphBuilder, from: Value, to: Value): Value;
}

/** Where a lateral connection runs. */
export interface Lateral<
  From extends string = string,
  To extends string = string,
  S extends string = string,
> {
  readonly from: From;
  readonly to: To;
  /** Stages (which both pathways have) after which it runs; it reads their outputs before any merging. */
  readonly after: readonly S[];
  readonly via: LateralConnection;
  /** How the result joins the pathway: `concat` after its channels (default), or `sum`. */
  readonly merge?: 'concat' | 'sum';
}

/** Turns the last features of pathways into outputs. `I`: graph inputs of its own. */
export interface Head<
  P extends string = string,
  O extends string = string,
  I extends string = never,
> {
  /** Pathways it reads, in the order in which it joins them. */
  readonly pathways: readonly P[];
  /** Inputs beside the pathways' clips (`boxes`, for one), which {@link build} adds by `g.input`; default none. */
  readonly inputs?: readonly I[];
  /** Adds the head to the graph; each feature is `[N, C, T, H, W]`. */
  build(g: GraphBuilder, features: Readonly<Record<P, Value>>): Readonly<Record<O, Value>>;
}

/** Pathways by name. */
export type Pathways = Readonly<Record<string, Pathway>>;

/** Stage names of a pathway. */
export type StageOf<P> = P extends Pathway<infer S> ? S : never;

/** Every lateral connection that a set of pathways allows: known names, stages that both ends have. */
export type LateralOf<P extends Pathways> = {
  [From in keyof P & string]: {
    [To in Exclude<keyof P & string, From>]: Lateral<From, To, StageOf<P[From]> & StageOf<P[To]>>;
  }[Exclude<keyof P & string, From>];
}[keyof P & string];

/** Where a lateral connection is merged: `fast->slow.res2`. */
export type LateralPlaceOf<L> =
  L extends Lateral<infer From, infer To, infer S> ? `${From}->${To}.${S}` : never;

/** Every place that a set of pathways allows a lateral connection at. */
export type AnyLateralPlace<P extends Pathways> = string extends keyof P
  ? string
  : LateralPlaceOf<LateralOf<P>>;

/**
 * Names of features: `slow.res4` before lateral connections are merged, `slow.res4.fused` after, where
 * there are any (`L`).
 */
export type TapOf<P extends Pathways, L extends string = AnyLateralPlace<P>> =
  | { [K in keyof P & string]: `${K}.${StageOf<P[K]>}` }[keyof P & string]
  | (L extends `${string}->${infer Place}` ? `${Place}.fused` : never);
