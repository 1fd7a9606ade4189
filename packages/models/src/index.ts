export { catalogModel, type CatalogEntry, type CatalogModel } from './catalog.js';
export type { CatalogOptions } from './catalog-options.js';
export { checkedModelName, isModelName, modelNames } from './model-names.js';
export {
  ARCHITECTURES,
  type Architecture,
  type AudiovisualArchitecture,
  type ModelName,
  type OnePathwayArchitecture,
  type SlowFastArchitecture,
} from './architectures.js';
export type { BackboneArchitecture } from './backbone-architectures.js';
export { poseNetwork, type PoseArchitecture, type PoseModel, type PosePathway } from './posec3d.js';
export {
  audiovisualNetwork,
  SOUND,
  type AudiovisualModel,
  type AudiovisualNetworkOptions,
  type AudiovisualPathways,
} from './audiovisual.js';
export {
  onePathwayNetwork,
  slowFastNetwork,
  type FastToSlow,
  type HeadInputs,
  type NetworkOptions,
  type OnePathwayModel,
  type OnePathwayNetworkOptions,
  type ResnetPathway,
  type SlowFastModel,
  type SlowFastModelOf,
  type SlowFastPathways,
  type SlowFastNetworkOptions,
} from './networks.js';
export type { LateralName } from './lateral-by-name.js';
export type { FastInput } from './fast-input.js';
export { DATASETS, type Dataset, type DatasetInfo } from './datasets.js';
export {
  ZOO_CONVENTIONS,
  type ModelZoo,
  type RegionConventions,
  type ZooConventions,
} from './zoos.js';
export { classLabels, isLabelSet, type LabelSet } from './labels/index.js';
export { type AccuracySource, type PublishedAccuracy } from './published-accuracy.js';
export {
  DEFAULT_MODEL,
  DEFAULT_MODEL_TITLE,
  DEFAULT_WEIGHTS,
  defaultWeights,
} from './default-model.js';
export { networkFromConfig, type ConfiguredNetwork } from './network-from-config.js';
export { DEFAULT_POSE_NETWORKS } from './pose-from-config.js';
export { costTable } from './cost-table.js';
export {
  isPublishedName,
  labelledDataset,
  publishedCheckpoint,
  publishedCheckpoints,
  SHORT_NAMES,
  type PublishedFilter,
} from './published/index.js';
export { publishedTable } from './published/table.js';
export type { PublishedCheckpoint, PublishedNetwork } from './published/checkpoint.js';
