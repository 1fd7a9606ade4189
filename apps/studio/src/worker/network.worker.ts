/** @file The worker that composes: descriptions, drawings, exported files, and the cost of the catalog. */
import { describeModel, initialWeights, type ModelDescription } from '@slowfast/core';
import { drawModel, type Theme } from '@slowfast/drawing';
import {
  ARCHITECTURES,
  catalogModel,
  DATASETS,
  modelNames,
  type Dataset,
  type PublishedAccuracy,
} from '@slowfast/models';
import { exportOnnx } from '@slowfast/runtime-onnx';
import { misfitOf, networkOf, type Misfit } from '../compose/network.js';
import type { Specification } from '../compose/specification.js';
import { offer } from './calls.js';

/** A network that composes. */
export interface Composition {
  readonly svg: string;
  readonly description: ModelDescription;
}

/** A model of the catalog: what it costs, and what was published of it. */
export interface CatalogPoint {
  readonly name: string;
  readonly title: string;
  /** Of one view of 256². */
  readonly multiplyAdds: number;
  readonly parameters: number;
  readonly accuracy: readonly PublishedAccuracy[];
}

const offers = {
  async compose({
    specification,
    theme,
  }: {
    readonly specification: Specification;
    readonly theme: Theme;
  }): Promise<Composition | Misfit> {
    try {
      const description = describeModel(networkOf(specification));
      return { svg: drawModel(description, { theme }), description };
    } catch (error) {
      return misfitOf(error, specification);
    }
  },

  /** The network with initial weights as an ONNX file. */
  async onnx(
    { specification }: { readonly specification: Specification },
    tell: (bytes: number) => void,
  ): Promise<Blob> {
    const model = networkOf(specification);
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    for await (const chunk of exportOnnx(model, initialWeights(model.graph, { seed: 0 }))) {
      parts.push(new Uint8Array(chunk));
      tell((bytes += chunk.length));
    }
    return new Blob(parts, { type: 'application/octet-stream' });
  },

  /** Every model of which an accuracy was published on the data set, one by one. */
  async catalog(
    { dataset }: { readonly dataset: Dataset },
    tell: (point: CatalogPoint) => void,
  ): Promise<void> {
    const { regions = false } = DATASETS[dataset];
    for (const name of modelNames().filter((own) => ARCHITECTURES[own].regions === regions)) {
      const { title, model, accuracy } = catalogModel(name, { dataset });
      if (accuracy.length === 0) continue;
      const { multiplyAdds, parameters } = describeModel(model);
      tell({ name, title, multiplyAdds, parameters, accuracy });
    }
  },
};

/** What this worker does. */
export type NetworkOffers = typeof offers;

offer(offers);
