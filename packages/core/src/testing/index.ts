export {
  interpret,
  interpretFloat64,
  type Float64Options,
  type InterpreterWeights,
} from './interpreter.js';
export type { Float64Tensor } from './array.js';
export { fnv1a, formulaUniform, formulaTensor, formulaClip, formulaStore } from './formula.js';
export {
  compareWithGolden,
  compareWithStage,
  parseGolden,
  statisticsOf,
  type Agreement,
  type Golden,
  type GoldenStage,
  type GoldenTensor,
  type Statistics,
} from './golden.js';
export { conformanceCases, trainingCases, type ConformanceCase } from './conformance.js';
