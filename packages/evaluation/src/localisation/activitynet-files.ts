/** @file Ground truth and detections in ActivityNet's JSON forms. Needs no Node API. */
import {
  BOUNDS,
  checkArguments,
  dataError,
  readJson,
  schemaParts,
  type DataOrigin,
} from '@slowfast/core';
import type { SegmentsByVideo } from './localisation-metrics.js';
import type { LabelledSegment, ScoredSegment, Segment } from './segment.js';

const { finite, listOf, openObject, optional, pairOf, recordOf, text } = schemaParts;

/** More than any data set has, in videos and in segments of one. */
const MOST = 1_000_000;
/** A detection takes about 70 characters. */
const LONGEST = 1 << 28;

const labelled = { label: text(), segment: pairOf(finite, 'start and end in seconds') };

const TRUTH = openObject({
  database: recordOf(
    openObject({
      subset: optional(text()),
      duration: optional(finite),
      annotations: listOf(openObject(labelled), MOST),
    }),
    MOST,
    'videos by name',
  ),
});

const DETECTIONS = openObject({
  results: recordOf(
    listOf(openObject({ ...labelled, score: finite }), MOST),
    MOST,
    'lists of detections by the name of the video',
  ),
});

/** Options of {@link readLocalisationTruth}. */
export interface LocalisationTruthOptions extends DataOrigin {
  /** The part of the data set that counts (`validation`); default: all of it. */
  readonly subset?: string;
}

/**
 * Ground truth `{ database: { name: { subset, annotations: [{ label, segment }] } } }`. Throws SpecError naming the key
 * of what is no ground truth, for a segment that ends before it begins, and for a subset without a video.
 */
export function readLocalisationTruth(
  content: string,
  options: LocalisationTruthOptions = {},
): SegmentsByVideo<LabelledSegment> {
  checkArguments('readLocalisationTruth', { content: [content, 'string'] });

  const { subset, ...origin } = options;
  const { database } = readJson(TRUTH, content, { longest: LONGEST, ...origin });
  const videos = Object.entries(database).filter(
    ([, video]) => subset === undefined || video.subset === subset,
  );
  if (videos.length === 0) {
    const subsets = new Set(Object.values(database).map((video) => video.subset ?? 'none'));
    throw dataError(
      'database',
      subset === undefined ? 'at least one video' : `videos of the subset '${subset}'`,
      subsets.size === 0 ? 'none' : `videos of ${[...subsets].slice(0, 8).join(', ')}`,
      origin,
    );
  }
  return new Map(
    videos.map(([name, { annotations }]) => [
      name,
      annotations.map((annotation, i) => ({
        label: annotation.label,
        ...segmentOf(annotation.segment, `database.${name}.annotations.${i}.segment`, origin),
      })),
    ]),
  );
}

/** Detections `{ results: { name: [{ label, score, segment }] } }`. Throws as {@link readLocalisationTruth}. */
export function readLocalisations(
  content: string,
  origin: DataOrigin = {},
): SegmentsByVideo<ScoredSegment> {
  checkArguments('readLocalisations', { content: [content, 'string'] });

  const { results } = readJson(DETECTIONS, content, { longest: LONGEST, ...origin });
  return new Map(
    Object.entries(results).map(([name, list]) => [
      name,
      list.map(({ label, score, segment }, i) => ({
        label,
        score,
        ...segmentOf(segment, `results.${name}.${i}.segment`, origin),
      })),
    ]),
  );
}

/** Detections in the form that {@link readLocalisations} reads. */
export function localisationsJson(
  detections: SegmentsByVideo<ScoredSegment>,
  externalData: Readonly<Record<string, unknown>> = {},
): string {
  checkArguments('localisationsJson', { detections: [detections, 'iterable'] });

  const results = Object.fromEntries(
    [...detections].map(([name, list]) => [
      name,
      list.map(({ label, score, start, end }) => ({ label, score, segment: [start, end] })),
    ]),
  );
  return `${JSON.stringify({ version: 'VERSION 1.3', results, external_data: externalData })}\n`;
}

function segmentOf(
  [start, end]: readonly [number, number],
  path: string,
  origin: DataOrigin,
): Segment {
  if (end >= start) return { start, end };
  const key = path.length > BOUNDS.name ? `${path.slice(0, BOUNDS.name)}…` : path;
  throw dataError(key, 'an end that is not before the start', `${start}, ${end}`, origin);
}
