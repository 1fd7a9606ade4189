/** @file The parts of ONNX's protobuf schema that exported models use. */
import type { Dim } from '@slowfast/core';

/** Element types by their number in `TensorProto.DataType`. */
export const ELEMENT_TYPE = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  float16: 10,
} as const;

/** An element type of {@link ELEMENT_TYPE}. */
export type ElementType = keyof typeof ELEMENT_TYPE;

/** Bytes of one element. */
export const ELEMENT_BYTES = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  float16: 2,
} as const satisfies Record<ElementType, number>;

/** The domain of ONNX Runtime's own operators; only graphs that are run at once have some. */
export const RUNTIME_DOMAIN = 'com.microsoft';
/** The domain of its operators on blocks of channels, which only graphs for one kind of processor have. */
export const BLOCKED_DOMAIN = 'com.microsoft.nchwc';

/** A domain of operators that are not ONNX's. */
export type OwnDomain = typeof RUNTIME_DOMAIN | typeof BLOCKED_DOMAIN;

/** An attribute of a node. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string };

/** A node: an operator of the standard domain, or of ONNX Runtime's own. */
export interface OnnxNode {
  readonly operator: string;
  readonly domain?: OwnDomain;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** A second result, where one is wanted. */
  readonly second?: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** Name, element type and shape of an input or output. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dim[];
}

/** A tensor of the file; its bytes are written with the file. */
export interface OnnxTensorInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

/** A small tensor that is part of the graph's structure: axes, shapes, indices. */
export interface OnnxConstant extends OnnxTensorInfo {
  readonly bytes: Uint8Array;
}

/** A model but for the contents of its weights, which are streamed. */
export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly constants: readonly OnnxConstant[];
  /** In the order in which their contents come. */
  readonly weights: readonly OnnxTensorInfo[];
  readonly producer: { readonly name: string; readonly version: string };
  readonly metadata: Readonly<Record<string, string>>;
}

/** The version of the standard operators that models are written for: runs on ONNX Runtime 1.12 and later. */
export const OPSET = 17;

/** The file format's version that belongs to `OPSET`. */
export const IR_VERSION = 8;
