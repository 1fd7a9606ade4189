/** @file What is known of a checkpoint that others publish. */
import type { ModelName } from '../architectures.js';
import type { CatalogOptions } from '../catalog-options.js';

/** A checkpoint of the index: where it is, what it reached, and which network reads it. */
export interface PublishedCheckpoint {
  /** `publisher/name`, unique. */
  readonly id: string;
  readonly family: 'slowfast' | 'slow' | 'i3d' | 'c2d' | 'x3d' | 'r2plus1d' | 'csn' | 'other';
  /** What it was trained on, as its publisher names it: `K400`, `AVA v2.2`. */
  readonly dataset: string;
  /** Its network as the publisher names it. */
  readonly architecture: string;
  /** Frames of Slow x distance between them in frames of the video: `8x8`. */
  readonly clip?: string;
  /** Where it was published. */
  readonly url: string;
  /** SHA-256 in hexadecimal digits, or its first ones, where published. */
  readonly sha256?: string;
  /** The same of SHA-1. */
  readonly sha1?: string;
  /** Bytes of the file, where published. */
  readonly size?: number;
  /** What `accuracy` is. */
  readonly metric?: 'top1' | 'mAP' | 'f-mAP' | 'K400 linear top1';
  /** The published figure, in percent. */
  readonly accuracy?: number;
  readonly top5?: number;
  /** Clips x crops of the test that gave it. */
  readonly views?: string;
  /** The container, in its publisher's words. */
  readonly format: string;
  /** Its configuration, a path in the publisher's repository. */
  readonly config?: string;
  /** What its training began with. */
  readonly pretrain?: string;
  /** Where it is not simply current: an old branch, an address in doubt. */
  readonly status?: string;
  /** Where the row is from: repository, commit and file. */
  readonly source: string;
  readonly note?: string;
  /** The network of the catalog that has its parameters; absent where there is a `reason`. */
  readonly network?: PublishedNetwork;
  /** The list of parameters, from the publisher's own code, that the network is checked against. */
  readonly keys?: string;
  /** Why no network here reads it. */
  readonly reason?: string;
}

/** A network as `catalogModel(model, options)` builds it. */
export interface PublishedNetwork {
  readonly model: ModelName;
  readonly options: CatalogOptions;
}
