export { resnet } from './resnet.js';
export type {
  NonLocalPlan,
  ResnetBackbone,
  ResnetDepth,
  ResnetOptions,
  ResnetStage,
} from './resnet.js';
export { c2dPlan, fastPlan, i3dPlan, slowPlan } from './temporal-kernels.js';
export type { BlockKernels, ResidualStage, TemporalKernelPlan } from './temporal-kernels.js';
export { stem } from './stem.js';
export type { StemOptions } from './stem.js';
export { residualBlock } from './residual.js';
export type { BlockKind, BlockSpec } from './residual.js';
export { bottleneck } from './bottleneck.js';
export { basicBlock } from './basic-block.js';
export { nonLocalBlock } from './non-local.js';
export type { NonLocalOptions } from './non-local.js';
export { withInput } from './inputs/pathway-input.js';
export type { PathwayInput } from './inputs/pathway-input.js';
export { grey } from './inputs/grey.js';
export type { GreyOptions } from './inputs/grey.js';
export { frameDifference } from './inputs/frame-difference.js';
export { halfResolution } from './inputs/half-resolution.js';
export { bottleneckOf, type BottleneckOptions, type MiddleConvolution } from './bottleneck.js';
export { acousticBottleneck, audioResnet, type AudioResnetOptions } from './audio-resnet.js';
export {
  csn,
  normalisedPreservingBottleneck,
  preservingBottleneck,
  separableBottleneck,
  type CsnOptions,
} from './csn.js';
export { factorisedBottleneck, r2plus1d, type R2Plus1dOptions } from './r2plus1d.js';
export { squeezeExcitation } from './squeeze-excitation.js';
export { x3d, type X3dOptions } from './x3d.js';
export { movinet, type MovinetOptions } from './movinet.js';
export {
  poseResnet,
  type PoseBackbone,
  type PoseResnetOptions,
  type PoseStage,
} from './pose-resnet.js';
