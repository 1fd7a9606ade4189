export { interpret, type InterpreterWeights } from './interpreter.js';
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
export { conformanceCases, type ConformanceCase } from './conformance.js';
