/** @file The fastest lowering of each layer on this machine, by measuring. */
import { isNode, checkArguments } from '@slowfast/core';
import type { Graph } from '@slowfast/core';
import {
  isWindow,
  layerText,
  planLowering,
  type LayerLowering,
  type LoweringPlan,
} from '../lowering/plan.js';
import { openBackend, type OnnxBackendChoice } from '../session/backend.js';
import { tunableLayers, type TunableLayer } from './candidates.js';
import { measureLayer, type MeasuredLowering } from './measure-layer.js';
import {
  LOWERING_REVISION,
  isOf,
  thisProcessor,
  tuningCache,
  type Measurements,
} from './tuning-cache.js';

/** How to tune. */
export interface TuningOptions {
  /** Where measured times are kept: a folder; `false`: nowhere. Default: the user's folder for caches. */
  readonly cacheFolder?: string | false;
  /** Called before each layer that is measured, and when all are. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told of a file of times that cannot be read or written. */
  readonly onWarning?: (text: string) => void;
  /** Stops between layers; what was measured is kept. */
  readonly signal?: AbortSignal;
}

/** What a plan is measured for: as the sessions that will run it. */
export interface TuningTarget {
  readonly threads?: number;
  readonly backend?: OnnxBackendChoice;
}

/** A plan by measuring. */
export interface TunedPlan {
  readonly plan: LoweringPlan;
  /** What was measured, by layer; layers without a choice have none. */
  readonly times: ReadonlyMap<string, readonly MeasuredLowering[]>;
  /** Distinct layers that were measured now; the others' times were known. */
  readonly measured: number;
  /** The file with the times. */
  readonly cacheFile: string | undefined;
}

/** The rule's choice stays unless another is faster by more than measuring is off. */
const WORTH_CHANGING = 0.95;

/**
 * Measures each distinct layer of a graph (after prepareForInference) in every lowering that it can take and
 * chooses the fastest; times are kept by processor, threads, version of ONNX Runtime and layer, and not measured again.
 * Layers whose sizes are known only when running keep what the rule gives them. Takes a minute for a network when
 * nothing is known. Rejects with RuntimeError without ONNX Runtime and with the signal's reason when aborted.
 */
export async function tunePlan(
  graph: Graph,
  tuning: TuningOptions & TuningTarget = {},
): Promise<TunedPlan> {
  checkArguments('tunePlan', { graph: [graph, 'graph'], tuning: [tuning, 'object'] });
  const { threads, backend = 'auto', ...options } = tuning;
  const rule = planLowering(graph);
  const layers = tunableLayers(graph, graph.nodes.filter(isWindow));
  const { name, version } = await openBackend(backend);
  const host = {
    ...(isNode() ? await thisProcessor() : { processor: 'unknown', cores: 0 }),
    threads: threads ?? 0,
    runtime: `${name} ${version ?? ''}`,
    lowering: LOWERING_REVISION,
  };
  const cache = await tuningCache(host, {
    ...(options.cacheFolder === undefined ? {} : { folder: options.cacheFolder }),
    ...(options.onWarning ? { onWarning: options.onWarning } : {}),
  });
  const plan = await cache.read();
  const missing = new Map(
    layers.flatMap((layer) => {
      const measured = plan.get(layer.signature);
      return measured && isOf(measured, layer.candidates)
        ? []
        : [[layer.signature, layer] as const];
    }),
  );
  const fresh: Measurements = new Map();
  try {
    for (const layer of missing.values()) {
      options.onProgress?.(fresh.size, missing.size);
      await breath();
      options.signal?.throwIfAborted();
      const target = { backend, ...(threads === undefined ? {} : { threads }) };
      fresh.set(layer.signature, await measureLayer(layer, target));
    }
    options.onProgress?.(fresh.size, missing.size);
  } finally {
    if (fresh.size > 0) await cache.write(fresh);
  }
  const times = new Map(
    layers.map(({ node, signature }) => [
      node.name,
      (fresh.get(signature) ?? plan.get(signature))!,
    ]),
  );
  return { plan: chosen(rule, layers, times), times, measured: fresh.size, cacheFile: cache.path };
}

function chosen(
  rule: LoweringPlan,
  layers: readonly TunableLayer[],
  times: TunedPlan['times'],
): LoweringPlan {
  const plan = new Map(rule);
  for (const { node } of layers) {
    plan.set(node.name, fastest(times.get(node.name)!, rule.get(node.name) ?? 'plain'));
  }
  return plan;
}

/** The fastest lowering, or the rule's where that is as fast as far as one can measure. */
export function fastest(
  measured: readonly MeasuredLowering[],
  ofRule: LayerLowering,
): LayerLowering {
  const best = measured.reduce((a, b) => (b.milliseconds < a.milliseconds ? b : a));
  const usual = measured.find(({ lowering }) => layerText(lowering) === layerText(ofRule));
  const isWorth = !usual || best.milliseconds < WORTH_CHANGING * usual.milliseconds;
  return isWorth ? best.lowering : ofRule;
}

/** Lets signals and timers come in: onnxruntime-node's runs keep this thread. */
const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
