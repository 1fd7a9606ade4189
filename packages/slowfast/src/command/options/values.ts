/** @file From the text of an option to its value. */
import { parsedViews } from '../../classify/parsed-views.js';
import type { ViewNumbers } from '../../classify/view-numbers.js';
import { UsageError } from '../usage-error.js';
import { MOST } from './bounds.js';

/** Parses a whole number of at least 0. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`expected a whole number, received '${text}'`);
}

/** Parses a whole number of at least 1. */
export function positiveNumber(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new UsageError(`expected a whole number of at least 1, received '${text}'`);
}

/** Parses a whole number from 1 to the most that there may be. */
export function positiveUpTo(most: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) > 0 && Number(text) <= most) return Number(text);
    throw new UsageError(`expected a whole number from 1 to ${most}, received '${text}'`);
  };
}

/** Parses a port, 0 for any. */
export function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`expected a port from 0 to 65535, received '${text}'`);
}

/** Parses a number from 0 to 1. */
export function fraction(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new UsageError(`expected a number from 0 to 1, received '${text}'`);
}

/** Parses a number from 0 to 100. */
export function percent(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 100) return value;
  throw new UsageError(`expected a number from 0 to 100, received '${text}'`);
}

/** Parses seconds. */
export function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0.01 && value <= 3600) return value;
  throw new UsageError(`expected seconds from 0.01 to 3600, received '${text}'`);
}

/** Parses seconds, of which there may be none. */
export function duration(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 3600) return value;
  throw new UsageError(`expected seconds from 0 to 3600, received '${text}'`);
}

/** Parses frames a second. */
export function frameRate(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= MOST.fps) return value;
  throw new UsageError(`expected a number above 0 and at most ${MOST.fps}, received '${text}'`);
}

/** Parses a share of channels: `1/8` or `0.125`. */
export function channelRatio(text: string): number {
  const match = /^(\d{1,4})\/([1-9]\d{0,3})$/.exec(text);
  const value = match ? Number(match[1]) / Number(match[2]) : Number(text);
  if (text.trim() !== '' && value > 0 && value <= 1) return value;
  throw new UsageError(`expected a ratio such as 1/8, above 0 and at most 1, received '${text}'`);
}

/** Parses the side of a square, or `192x320`: height x width. */
export function inputSize(text: string): number | readonly [height: number, width: number] {
  const match = /^([1-9]\d{0,4})(?:x([1-9]\d{0,4}))?$/.exec(text);
  if (!match) {
    throw new UsageError(
      `expected one side such as 224, or height x width such as 192x320, received '${text}'`,
    );
  }
  const [height, width] = [Number(match[1]), Number(match[2] ?? match[1])];
  if (Math.max(height, width) > MOST.side) {
    throw new UsageError(`expected sides of at most ${MOST.side} pixels, received '${text}'`);
  }
  return match[2] === undefined ? height : [height, width];
}

/** Parses `2x2x2`. */
export function triple(text: string): readonly [number, number, number] {
  const match = /^(\d{1,3})x(\d{1,3})x(\d{1,3})$/.exec(text);
  if (!match) throw new UsageError(`expected TxHxW such as 2x2x2, received '${text}'`);
  return [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** Parses `10x3`: clips x crops; crops are one in the centre or three (of skeletons: one, or two with the mirror image). */
export function viewCounts(text: string): ViewNumbers {
  const numbers = parsedViews(text);
  if (numbers) return numbers;
  throw new UsageError(
    `expected clips x crops such as 10x3 or 1x1 (1 or 3 crops), received '${text}'`,
  );
}

/** Parses `32x2` or `32x2@25`: frames x stride of a clip, at a rate. */
export function clipSampling(text: string): {
  readonly frames: number;
  readonly stride: number;
  readonly fps: number;
} {
  const match = /^([1-9]\d{0,3})x([1-9]\d{0,2})(?:@(\d+(?:\.\d+)?))?$/.exec(text);
  const fps = Number(match?.[3] ?? 30);
  const [frames, stride] = [Number(match?.[1]), Number(match?.[2])];
  if (frames <= MOST.frames && fps > 0 && fps <= MOST.fps) return { frames, stride, fps };
  throw new UsageError(`expected frames x stride such as 32x2 or 32x2@25, received '${text}'`);
}

/** Parses words between commas, all different. */
export function distinctWords(text: string): readonly string[] {
  const words = text.split(',');
  if (words.every((word) => word !== '') && new Set(words).size === words.length) return words;
  throw new UsageError(`expected different names between commas, received '${text}'`);
}

/** Parses words between commas, all of which are among a few. */
export function wordsAmong(allowed: readonly string[]): (text: string) => readonly string[] {
  return (text) => text.split(',').map((word) => choice(allowed, word));
}

/** The value of an option that allows a few. */
export function choice(allowed: readonly string[], text: string): string {
  if (allowed.includes(text)) return text;
  const last = allowed.at(-1)!;
  const names = allowed.length === 1 ? last : `${allowed.slice(0, -1).join(', ')} or ${last}`;
  throw new UsageError(`expected ${names}, received '${text}'`);
}

/** Parses names of protocols as ffmpeg has them. */
export function protocols(text: string): readonly string[] {
  const names = distinctWords(text);
  if (names.every((name) => /^[a-z][a-z0-9]*$/.test(name))) return names;
  throw new UsageError(`expected names such as http,https,tls,tcp, received '${text}'`);
}

/** Parses `key=value`; the value is JSON, or else a text. */
export function keyAndValue(text: string): readonly [key: string, value: unknown] {
  const [, key, value] = /^([a-zA-Z]+)=(.+)$/s.exec(text) ?? [];
  if (key === undefined) throw new UsageError(`expected key=value, received '${text}'`);
  try {
    return [key, JSON.parse(value!)];
  } catch {
    return [key, value];
  }
}
