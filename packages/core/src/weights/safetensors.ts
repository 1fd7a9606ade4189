// The safetensors format: everything about it in one import.
export {
  MAX_SAFETENSORS_HEADER,
  looksLikeSafetensors,
  readSafetensors,
} from './safetensors-read.js';
export type { TypedWeightStore } from './safetensors-read.js';
export { writeSafetensors } from './safetensors-write.js';
export type { AbortLike, SafetensorsOptions } from './safetensors-write.js';
export {
  decodeTensor,
  elementBytes,
  elementDType,
  isElementFormat,
} from './safetensors-elements.js';
export type { ElementFormat } from './safetensors-elements.js';
