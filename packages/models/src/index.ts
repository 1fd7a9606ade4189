export {
  catalogModel,
  isModelName,
  modelNames,
  type CatalogEntry,
  type CatalogOptions,
  type LateralName,
} from './catalog.js';
export {
  ARCHITECTURES,
  type Architecture,
  type ModelName,
  type OnePathwayArchitecture,
  type SlowFastArchitecture,
} from './architectures.js';
export {
  onePathwayNetwork,
  slowFastNetwork,
  type NetworkOptions,
  type OnePathwayNetworkOptions,
  type ResnetPathway,
  type SlowFastModel,
  type SlowFastNetworkOptions,
} from './networks.js';
export { DATASET_FACTS, type Dataset, type DatasetFacts } from './datasets.js';
export {
  recipeOf,
  ZOO_FACTS,
  type ModelZoo,
  type RecipeFacts,
  type RegionFacts,
  type ZooFacts,
} from './zoos.js';
export { classLabels, isLabelSet, type LabelSet } from './labels/index.js';
export {
  publishedAccuracy,
  type AccuracySource,
  type PublishedAccuracy,
} from './published-accuracy.js';
export * from './checkpoint/index.js';
export {
  loadModel,
  type LoadedModel,
  type LoadModelOptions,
  type ModelEntry,
} from './load-model.js';
export {
  DEFAULT_MODEL,
  DEFAULT_MODEL_TITLE,
  DEFAULT_WEIGHTS,
  defaultWeights,
} from './default-model.js';
export { trainedNetwork, type NetworkConfig, type TrainedNetwork } from './trained-network.js';
export { NETWORK_METADATA_KEY, type NetworkFacts } from './trained-weights.js';
export { WEIGHTS_METADATA_KEY } from './stored-options.js';
export { readPySlowFastConfig, type PySlowFastConfig } from './pyslowfast-config.js';
export {
  compareCosts,
  COST_TOLERANCE,
  PUBLISHED_COSTS,
  type CostComparison,
  type PublishedCost,
} from './published-cost.js';
export { costTable } from './cost-table.js';
