/** @file Values of the graph as values of ONNX: whole, frame by frame, or as planes. */
import type { Graph, Value } from '@slowfast/core';
import { internalError } from '@slowfast/core';
import type { OnnxEmitter } from '../emitter.js';
import type { LoweringPlan } from '../plan.js';
import type { StoredWeights } from '../stored-weights.js';

/** Frames as `[N, packed·C, H, W]`, each part `packed` consecutive ones, their channels one after another. */
export interface Frames {
  readonly parts: readonly string[];
  readonly packed: number;
}

/** A value as it was computed: whole, or as planes. */
export type Form = { readonly whole: string } | { readonly planes: string };

/** What of a value exists in the ONNX graph; at least one of them does. */
interface Forms {
  /** The node that computes it, by whose name it becomes whole. */
  readonly node: string;
  whole?: string;
  frames?: Frames;
  single?: Frames;
  /** `[T·N, C, H, W]`: all frames of all clips as one batch, the clips of the first frame first. */
  planes?: string;
}

/** Knows the forms of every value and makes those that are missing, each once. */
export class FormTable {
  readonly onnx: OnnxEmitter;
  readonly weights: StoredWeights;
  readonly plan: LoweringPlan;
  readonly #forms = new Map<string, Forms>();

  constructor(graph: Graph, onnx: OnnxEmitter, weights: StoredWeights, plan: LoweringPlan) {
    this.onnx = onnx;
    this.weights = weights;
    this.plan = plan;
    for (const [name, value] of Object.entries<Value>(graph.inputs)) {
      this.#forms.set(value.name, { node: name, whole: name });
    }
  }

  /** Enters a value as a whole. */
  setWhole(value: Value, node: string, whole: string): void {
    this.#forms.set(value.name, { node, whole });
  }

  /** Enters a value as frames. */
  setFrames(value: Value, node: string, frames: Frames): void {
    this.#forms.set(value.name, { node, frames });
  }

  /** Enters a value as planes. */
  setPlanes(value: Value, node: string, planes: string): void {
    this.#forms.set(value.name, { node, planes });
  }

  /** Whether a value was computed as planes. */
  isPlanes(value: Value): boolean {
    return this.#forms.get(value.name)?.planes !== undefined;
  }

  /** A value `[N, C, T, H, W]` as planes `[T·N, C, H, W]`. */
  planes(value: Value): string {
    const forms = this.#of(value);
    forms.planes ??= forms.frames
      ? this.#joinedFrames(value, forms)
      : this.#framesFirst(value, this.whole(value));
    return forms.planes;
  }

  #joinedFrames(value: Value, { node }: Forms): string {
    const { parts } = this.single(value);
    if (parts.length === 1) return parts[0]!;
    return this.onnx.emit('Concat', `${node}/planes`, parts, { axis: { int: 0 } });
  }

  #framesFirst({ name, type }: Value, whole: string): string {
    const { onnx } = this;
    const [, channels, frames, ...area] = type.shape as readonly number[];
    const first =
      frames === 1
        ? whole
        : onnx.emit('Transpose', `${name}/frames first`, [whole], {
            perm: { ints: [2, 0, 1, 3, 4] },
          });
    const shape = onnx.integers([-1, channels!, ...area]);
    return onnx.emit('Reshape', `${name}/planes`, [first, shape]);
  }

  /** Whether a value was computed frame by frame. */
  isFrames(value: Value): boolean {
    return this.#forms.get(value.name)?.frames !== undefined;
  }

  /** A value, or a parameter, with all of its axes. */
  whole(value: Value): string {
    if (this.weights.has(value)) return this.weights.value(value);
    const forms = this.#of(value);
    if (forms.whole !== undefined) return forms.whole;
    if (forms.planes !== undefined) {
      forms.whole = this.#clipsFirst(value, forms.node, forms.planes);
      return forms.whole;
    }
    const { parts } = this.single(value);
    const rows = parts.map((part, t) =>
      this.onnx.emit('Unsqueeze', `${forms.node}/t${t}/Unsqueeze`, [part, this.onnx.integers([2])]),
    );
    forms.whole = this.onnx.emit('Concat', forms.node, rows, { axis: { int: 2 } });
    return forms.whole;
  }

  /** The frames of a value as they were computed, several in a part perhaps. */
  frames(value: Value): Frames {
    return this.#of(value).frames ?? this.single(value);
  }

  /** The frames of a value, each for itself. */
  single(value: Value): Frames {
    const forms = this.#of(value);
    if (!forms.frames && forms.planes !== undefined) this.whole(value);
    forms.single ??= forms.frames ? this.#unpacked(value, forms.frames) : this.#taken(value, forms);
    return forms.single;
  }

  #clipsFirst({ type }: Value, node: string, planes: string): string {
    const { onnx } = this;
    const [, channels, frames, ...area] = type.shape as readonly number[];
    if (frames === 1) {
      return onnx.emit('Reshape', node, [planes, onnx.integers([-1, channels!, 1, ...area])]);
    }
    const shape = onnx.integers([frames!, -1, channels!, ...area]);
    const clips = onnx.emit('Reshape', `${node}/clips`, [planes, shape]);
    return onnx.emit('Transpose', node, [clips], { perm: { ints: [1, 2, 0, 3, 4] } });
  }

  #taken({ type }: Value, { node, whole }: Forms): Frames {
    const parts = Array.from({ length: type.shape[2] as number }, (_, t) =>
      this.onnx.emit('Gather', `${node}/t${t}`, [whole!, this.onnx.integers([t], 'scalar')], {
        axis: { int: 2 },
      }),
    );
    return { parts, packed: 1 };
  }

  #unpacked(value: Value, frames: Frames): Frames {
    if (frames.packed === 1) return frames;
    const { node } = this.#of(value);
    const { onnx } = this;
    const [, channels, count] = value.type.shape as readonly [unknown, number, number];
    const parts = Array.from({ length: count }, (_, t) => {
      const at = (t % frames.packed) * channels;
      const part = frames.parts[Math.floor(t / frames.packed)]!;
      const range = [at, at + channels, 1].map((n) => onnx.integers([n]));
      return onnx.emit('Slice', `${node}/t${t}/Slice`, [part, ...range]);
    });
    return { parts, packed: 1 };
  }

  #of(value: Value): Forms {
    const forms = this.#forms.get(value.name);
    if (!forms) throw internalError(`${value.name} was not lowered`);
    return forms;
  }
}
