/** @file From what an explaining model gives of a view to maps and scores. Needs no Node API. */
import {
  activationMapOf,
  CLASS_INPUT,
  float32Tensor,
  nearestNames,
  pathwayFrameIndices,
  SpecError,
  type CompiledModel,
  type HostTensor,
  type Preprocessing,
} from '@slowfast/core';
import { batchFeeds, soundsOf, topPredictions } from '@slowfast/evaluation';
import type { View } from '@slowfast/video';
import { classCount } from '../model/labels.js';
import { heatOf, peakOf, type ActivationMap } from './activation-maps.js';
import { heated } from './heat-overlay.js';
import type { ClipExplanation, Explanation } from './video-explainer.js';

/** What an explainer has. */
export interface Work {
  readonly model: CompiledModel;
  readonly preprocessing: Preprocessing;
  readonly labels: readonly string[] | undefined;
  readonly stages: readonly string[];
}

/** What its model gives of a view. */
export type Outputs = Readonly<Record<string, HostTensor>>;

/** The best classes, and how to lay maps over pictures. */
export function foundIn(
  scores: Float32Array,
  index: number,
  maps: Explanation['maps'],
  { labels, stages }: Work,
): ClipExplanation {
  const predictions = topPredictions(scores, labels, scores.length);
  const peaks = new Map(stages.map((stage) => [stage, peakOf(maps[stage]!)]));
  return {
    class: predictions.find((one) => one.index === index)!,
    predictions: predictions.slice(0, 5),
    maps,
    overlay(stage, image, frame) {
      const own = maps[stage];
      if (own) return heated(image, heatOf(own, frame, image, peaks.get(stage)!));
      throw new SpecError({ site: 'stage', expected: stages.join(', '), received: stage });
    },
  };
}

/** The map of each stage, with the frames that its positions stand for. */
export const mapsOf = (
  frames: readonly number[],
  outputs: Outputs,
  { stages, preprocessing }: Work,
): readonly (readonly [stage: string, Omit<ActivationMap, 'area'>])[] =>
  stages.map((stage) => {
    const { shape, data } = outputs[activationMapOf(stage)]!;
    const map = float32Tensor(shape.slice(1), data as Float32Array);
    return [stage, { map, frames: framesOf(frames, stage, map.shape[0]!, preprocessing) }];
  });

/** The feeds of a view; without a class nothing flows back. */
export function feedsOf(
  view: Pick<View, 'tensor' | 'sound'>,
  index: number | undefined,
  { model, preprocessing }: Work,
): Readonly<Record<string, HostTensor>> {
  const inputs = Object.keys(model.inputs).filter((name) => name !== CLASS_INPUT);
  const classes = classCount(model);
  const oneHot = new Float32Array(classes);
  if (index !== undefined) oneHot[index] = 1;
  return {
    ...batchFeeds(inputs, preprocessing, [view.tensor], soundsOf([view])),
    [CLASS_INPUT]: float32Tensor([1, classes], oneHot),
  };
}

/** The place of the highest score. */
export const bestOf = (scores: Float32Array): number => scores.indexOf(Math.max(...scores));

/** The place of a class by its name or number. Throws {@link SpecError} where there is none. */
export function classIndex(name: string | number, { model, labels }: Work): number {
  const classes = classCount(model);
  const index = labels?.indexOf(String(name)) ?? -1;
  if (index >= 0) return index;
  const number = typeof name === 'number' || /^\d+$/.test(name) ? Number(name) : -1;
  if (Number.isInteger(number) && number >= 0 && number < classes) return number;
  throw new SpecError({
    site: 'class',
    expected: labels ? `one of ${classes} classes` : `a number from 0 to ${classes - 1}`,
    received: `'${name}'`,
    ...(labels
      ? { remedy: `The nearest are ${nearestNames(String(name), labels).join(', ')}` }
      : {}),
  });
}

/** The frame of the video that is in the middle of what each position of a stage stands for. */
function framesOf(
  frames: readonly number[],
  stage: string,
  positions: number,
  { clip, pathways }: Preprocessing,
): readonly number[] {
  const pathway = pathways[stage.split('.')[0]!];
  const own = pathway
    ? pathwayFrameIndices(clip.frames, pathway.frames, pathway.rule)
    : frames.map((_, i) => i);
  return Array.from({ length: positions }, (_, i) => {
    return frames[own[Math.floor(((i + 0.5) * own.length) / positions)]!]!;
  });
}
