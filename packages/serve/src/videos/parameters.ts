/** @file What a client may choose for a video: JSON Schemas of the query, which are the documentation, too. */
import { RequestError } from '../request-error.js';

const count = (description: string, maximum: number, fallback: number) => ({
  type: 'integer',
  minimum: 1,
  maximum,
  default: fallback,
  description,
});

const query = (properties: Readonly<Record<string, object>>) => ({
  type: 'object',
  additionalProperties: false,
  properties,
});

/** The query of each path. */
export const QUERIES = {
  classify: query({
    top: count('Classes to give, best first.', 10_000, 5),
    views: {
      type: 'string',
      pattern: '^[1-9][0-9]{0,3}x[13]$',
      description: 'Clips x crops, such as 3x1; default: as the model was published.',
    },
  }),
  detect: query({
    top: count('Actions a person, best first.', 10_000, 5),
    minScore: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      default: 0.1,
      description: 'Least score of an action.',
    },
    every: {
      type: 'number',
      minimum: 0.01,
      maximum: 3600,
      default: 1,
      description: 'Seconds from key frame to key frame.',
    },
    people: {
      type: 'string',
      enum: ['detected', 'whole-frame'],
      default: 'detected',
      description: 'Whether people are looked for, or one fills the frame.',
    },
  }),
  features: query({
    window: count('Frames of a window.', 100_000, 32),
    stride: count('Frames from window to window.', 100_000, 16),
    fps: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 1000,
      default: 30,
      description: 'Frame rate that windows are counted in.',
    },
    encoding: {
      type: 'string',
      enum: ['json', 'base64'],
      default: 'json',
      description: 'Numbers as JSON, or as base64 of little-endian float32.',
    },
  }),
} as const;

/** Throws a RequestError of status 422 for more runs of the model than a video may have. */
export function checkRuns(what: string, runs: number, most: number): void {
  if (runs <= most) return;
  throw new RequestError(422, {
    site: 'video',
    expected: `at most ${most} ${what}`,
    received: `${Math.ceil(runs)}`,
  });
}
