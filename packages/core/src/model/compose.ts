/** @file Composes pathways, lateral connections and a head into one graph. */
import { checkArguments } from '../arguments.js';
import { ShapeError, SpecError } from '../errors.js';
import { GraphBuilder } from '../ir/builder.js';
import type { Dim, Value } from '../ir/types.js';
import { verify } from '../ir/verify.js';
import { shapeText } from '../ops/definition.js';
import { checkSpec } from './check-spec.js';
import { modelOf, sidesOf, type Model } from './model.js';
import type { Head, Lateral, LateralOf, LateralPlaceOf, Pathways, Size } from './parts.js';

/** What {@link composeModel} takes. */
export interface ModelSpec<
  P extends Pathways,
  O extends string,
  I extends string = never,
  L extends LateralOf<P> = LateralOf<P>,
> {
  readonly name: string;
  readonly pathways: P;
  /** Height and width of the input in pixels, for pathways that do not say their own. */
  readonly size: Size;
  /** Default: none. Several into one pathway after one stage merge in this order. */
  readonly laterals?: readonly L[];
  readonly head: Head<keyof P & string, O, I>;
}

/**
 * Composes a model. Inputs are named after the pathways, `[N, channels, frames, height, width]` each;
 * outputs are the head's, as are inputs beside them. Any number of pathways, laterals in any direction (paper, section 3).
 *
 * Throws {@link SpecError} for names and numbers that make no sense, {@link ShapeError} for parts that
 * do not fit, with the place of both.
 */
export function composeModel<
  const P extends Pathways,
  O extends string,
  I extends string = never,
  const L extends LateralOf<P> = never,
>(spec: ModelSpec<P, O, I, L>): Model<P, O, (keyof P & string) | I, LateralPlaceOf<L>> {
  checkArguments('composeModel', { spec: [spec, 'object'] });
  checkArguments('composeModel', {
    pathways: [spec.pathways, 'object'],
    laterals: [spec.laterals, 'array?'],
    head: [spec.head, 'object'],
  });
  checkArguments('composeModel', { 'head.build': [spec.head.build, 'function'] });

  const laterals = (spec.laterals ?? []) as readonly Lateral[];
  const { name, pathways, size, head } = spec;
  checkSpec({ name, pathways, size, laterals, headPathways: head.pathways });
  const g = GraphBuilder.empty(name);
  const taps = new Map<string, Value>();
  const additions = new Map<string, Value>();
  const features = buildPathways(g, pathways, size, laterals, { taps, additions });
  const inHead = g.scope('head');
  const outputs = head.build(inHead, features as Record<keyof P & string, Value>);
  if (Object.keys(outputs).length === 0) {
    throw new SpecError({ site: 'head', expected: 'at least one output', received: 'none' });
  }
  const graph = g.build<(keyof P & string) | I, O>(outputs);
  checkInputs(Object.keys(graph.inputs), [...Object.keys(pathways), ...(head.inputs ?? [])]);
  verify(graph);
  const { featureOfScope: headFeatures } = inHead;
  return modelOf({ name, pathways, laterals, graph, taps, additions, headFeatures });
}

/** The compiler knows of inputs only what the head says. */
function checkInputs(added: readonly string[], names: readonly string[]): void {
  if ([...added].sort().join() === [...names].sort().join()) return;
  throw new SpecError({
    site: 'head',
    expected: `the inputs ${names.join(', ')}`,
    received: added.join(', '),
    remedy: "List in the head's inputs what its build adds by g.input",
  });
}

interface Track {
  readonly name: string;
  /** Output of each finished stage before merging. */
  readonly raw: Map<string, Value>;
  done: number;
  value: Value;
}

/** What is known by name of the values of pathways. */
type NamedValues = Readonly<Record<'taps' | 'additions', Map<string, Value>>>;

/** Builds stages as soon as what merges into them is there; returns the last features by pathway. */
function buildPathways(
  g: GraphBuilder,
  pathways: Pathways,
  size: Size,
  laterals: readonly Lateral[],
  named: NamedValues,
): Record<string, Value> {
  const tracks = new Map<string, Track>();
  for (const [name, pathway] of Object.entries(pathways)) {
    const [height, width] = sidesOf(pathway.size ?? size);
    const shape = ['N', pathway.channels ?? 3, pathway.frames, height, width];
    const value = g.input(name, { dtype: 'float32', shape });
    g.label(value, `${name} input`);
    tracks.set(name, { name, raw: new Map(), done: 0, value });
  }
  const merged = new Set<string>();
  let progress = true;
  while (progress) {
    progress = false;
    for (const track of tracks.values()) {
      const { stages } = pathways[track.name]!.backbone;
      const last = stages[track.done - 1];
      if (last && !merged.has(`${track.name}.${last.name}`)) {
        const into = laterals.filter((l) => l.to === track.name && l.after.includes(last.name));
        if (into.some((l) => !tracks.get(l.from)!.raw.has(last.name))) continue;
        track.value = mergeInto(g, track, last.name, into, tracks, named);
        merged.add(`${track.name}.${last.name}`);
        progress = true;
      }
      const next = stages[track.done];
      if (!next) continue;
      track.value = buildStage(g, track.name, next.name, () =>
        next.build(g.scope(track.name).scope(next.name), track.value),
      );
      track.raw.set(next.name, track.value);
      named.taps.set(`${track.name}.${next.name}`, track.value);
      track.done += 1;
      progress = true;
    }
  }
  for (const track of tracks.values()) checkFinished(track, pathways, merged);
  return Object.fromEntries([...tracks.values()].map((track) => [track.name, track.value]));
}

function buildStage(g: GraphBuilder, pathway: string, stage: string, build: () => Value): Value {
  const value = build();
  if (value.type.shape.length !== 5) {
    throw new ShapeError({
      site: `${pathway}.${stage}`,
      expected: 'a stage to return [N, C, T, H, W]',
      received: shapeText(value.type.shape),
    });
  }
  g.label(value, `${pathway}.${stage}`);
  return value;
}

function mergeInto(
  g: GraphBuilder,
  track: Track,
  stage: string,
  into: readonly Lateral[],
  tracks: ReadonlyMap<string, Track>,
  { taps, additions }: NamedValues,
): Value {
  const to = track.raw.get(stage)!;
  let value = to;
  for (const { from, via, merge = 'concat' } of into) {
    const scope = g
      .scope(`lateral.${from}_to_${track.name}`)
      .scope(stage, `lateral[${from}->${track.name}].${stage}`);
    // A sum has the shape of what it is added to, which is what others have joined before it.
    const onto = merge === 'sum' ? value : to;
    const addition = via.transform(scope, tracks.get(from)!.raw.get(stage)!, onto);
    checkAddition(scope, addition, onto, merge);
    additions.set(`${from}->${track.name}.${stage}`, addition);
    value = merge === 'sum' ? scope.add(value, addition) : scope.concat([value, addition]);
  }
  if (into.length > 0) {
    g.label(value, `${track.name}.${stage}.fused`);
    taps.set(`${track.name}.${stage}.fused`, value);
  }
  return value;
}

/** A sum may have 1 where it is the same at all frames or positions. */
function checkAddition(g: GraphBuilder, addition: Value, to: Value, merge: 'concat' | 'sum'): void {
  const received = [...addition.type.shape];
  const expected = [...to.type.shape];
  if (merge === 'concat') expected[1] = received[1] ?? 'C';
  const fits = (dim: Dim, axis: number): boolean =>
    dim === expected[axis] || (merge === 'sum' && axis > 1 && dim === 1);
  if (received.length === expected.length && received.every(fits)) return;
  const axes = merge === 'concat' ? 'N, T, H, W' : 'N, C, T, H, W';
  g.fail(
    `the connection to return ${axes} of ${g.labelOf(to)} ${shapeText(to.type.shape)}`,
    shapeText(received),
    merge === 'sum' && expected[1] !== received[1]
      ? "Merge by 'concat', or choose channels so that both sides have the same number"
      : undefined,
  );
}

function checkFinished(track: Track, pathways: Pathways, merged: ReadonlySet<string>): void {
  const { stages } = pathways[track.name]!.backbone;
  const waiting = stages.find((stage) => !merged.has(`${track.name}.${stage.name}`));
  if (!waiting) return;
  throw new SpecError({
    site: `pathway ${track.name}`,
    expected: 'lateral connections that do not wait for each other',
    received: `a cycle at stage '${waiting.name}'`,
    remedy: 'Let the stages that laterals join come in the same order in both pathways',
  });
}
