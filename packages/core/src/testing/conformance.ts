/**
 * @file One suite for every runtime: small graphs that cover every operation and its awkward shapes,
 * with weights and feeds by formula. A runtime passes when it agrees with {@link interpret}.
 */
import type { GradientOp, Graph, InferenceOp, OpKind } from '../ir/types.js';
import type { HostTensor } from '../tensor.js';
import type { WeightStore } from '../weights/store.js';
import { arrangementCases } from './conformance-arrangement.js';
import { caseFrom, type CaseSpec } from './conformance-case.js';
import { elementwiseCases } from './conformance-elementwise.js';
import { gradientCases, withGradients } from './conformance-gradients.js';
import { networkCases } from './conformance-networks.js';
import { productCases } from './conformance-products.js';
import { regionCases } from './conformance-regions.js';
import { windowCases } from './conformance-windows.js';

/** A graph with everything that is needed to run it. */
export interface ConformanceCase {
  /** `conv3d: 5x7x7 stem, odd sizes`. */
  readonly name: string;
  /** The operations that occur in the graph. */
  readonly ops: ReadonlySet<OpKind>;
  readonly graph: Graph;
  readonly weights: WeightStore;
  readonly feeds: Readonly<Record<string, HostTensor>>;
}

/** At least one case for each operation: a new operation without one does not compile. */
const CASES: { readonly [K in InferenceOp]: readonly [CaseSpec, ...CaseSpec[]] } = {
  ...windowCases,
  ...elementwiseCases,
  ...arrangementCases,
  ...productCases,
  ...regionCases,
};

/** The same for training graphs. */
const TRAINING_CASES: { readonly [K in GradientOp]: readonly [CaseSpec, ...CaseSpec[]] } =
  gradientCases;

/** The suite of networks' operations, the same on every call. */
export function conformanceCases(): readonly ConformanceCase[] {
  const single = Object.entries(CASES).flatMap(([op, specs]) =>
    specs.map((spec) => caseFrom(`${op}: ${spec.name}`, spec)),
  );
  return [...single, ...networkCases.map((spec) => caseFrom(`network: ${spec.name}`, spec))];
}

/** The suite of training graphs: the gradients of every operation, with parameters as inputs. */
export function trainingCases(): readonly ConformanceCase[] {
  const single = Object.entries(TRAINING_CASES).flatMap(([op, specs]) =>
    specs.map((spec: CaseSpec) =>
      withGradients(caseFrom(`${op}: ${spec.name}`, spec), spec.gradients?.constant),
    ),
  );
  const networks = networkCases.map((spec) =>
    withGradients(caseFrom(`network in training: ${spec.name}`, spec)),
  );
  return [...single, ...networks];
}
