/** @file Values of the graph as values of ONNX: whole, or frame by frame. */
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

/** What of a value exists in the ONNX graph; at least one of them does. */
interface Forms {
  /** The node that computes it, by whose name it becomes whole. */
  readonly node: string;
  whole?: string;
  frames?: Frames;
  single?: Frames;
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

  /** Whether a value was computed frame by frame. */
  isFrames(value: Value): boolean {
    return this.#forms.get(value.name)?.frames !== undefined;
  }

  /** A value, or a parameter, with all of its axes. */
  whole(value: Value): string {
    if (this.weights.has(value)) return this.weights.value(value);
    const forms = this.#of(value);
    if (forms.whole !== undefined) return forms.whole;
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
    forms.single ??= forms.frames ? this.#unpacked(value, forms.frames) : this.#taken(value, forms);
    return forms.single;
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
