/** @file What the lowering of one node of a graph model reads and writes. */
import type { OnnxEmitter } from '../lowering/emitter.js';
import type { GraphModelWeight } from './graph-model.js';

/** A node, its inputs and attributes by what they should be; each throws RuntimeError where they are not. */
export interface LoweredNode {
  readonly name: string;
  readonly inputCount: number;
  /** The name in the ONNX graph of an input's value. */
  input(index: number): string;
  /** An input that is a constant. */
  constant(index: number): GraphModelWeight;
  /** An input that is a constant of integers. */
  integers(index: number): readonly number[];
  /** Attributes; `fallback` where the node has none. */
  int(name: string, fallback?: number): number;
  ints(name: string): readonly number[];
  flag(name: string): boolean;
  text(name: string, fallback?: string): string;
  texts(name: string): readonly string[];
  type(name: string): 'float32' | 'int64' | 'bool';
  /** Throws: the node has something that is not lowered. */
  refuse(what: string): never;
}

/** An emitter that also takes weights whose elements were rearranged. */
export interface LoweringEmitter extends OnnxEmitter {
  weight(name: string, shape: readonly number[], data: Float32Array): string;
}

/** Writes what a node computes and returns the names of its results. */
export type Lowering = (node: LoweredNode, e: LoweringEmitter) => readonly string[];
