/** @file What is measured during a run, one JSON object a line. */
import {
  checkArguments,
  appendText,
  fileText,
  writeTextAtomic,
  type SlowFastError,
} from '@slowfast/core';
import type { Progress } from './checkpoints/checkpoint.js';

/** One optimiser step. */
export interface StepRecord {
  readonly kind: 'step';
  /** Steps done, this one included. */
  readonly step: number;
  /** Epochs done, as a fraction. */
  readonly epoch: number;
  readonly loss: number;
  /** Share of the step's clips whose highest score was right; of the heavier half with mixup. */
  readonly accuracy: number;
  readonly learningRate: number;
  /** Euclidean norm of all gradients, before clipping; only where they are clipped. */
  readonly gradientNorm?: number;
}

/** One epoch; its numbers are means over its steps. */
export interface EpochRecord {
  readonly kind: 'epoch';
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Clips a second. */
  readonly clipsPerSecond: number;
  /** Share of its time spent waiting for data. */
  readonly waiting: number;
}

/** One evaluation. */
export interface EvaluationRecord {
  readonly kind: 'evaluation';
  readonly step: number;
  readonly epoch: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Rows: the true class; columns: the class with the highest score. */
  readonly confusion?: readonly (readonly number[])[];
  /** Of each class, where videos have several; `null` for one that no video has. */
  readonly averagePrecision?: readonly (number | null)[];
}

/** A line of `metrics.jsonl`. */
export type MetricsRecord = StepRecord | EpochRecord | EvaluationRecord;

/** A moment of a run: after a step, or, with no step of the next epoch done, after all that follows an epoch. */
export type Moment = Pick<Progress, 'step' | 'stepInEpoch'>;

const isBefore = (record: MetricsRecord, { step, stepInEpoch }: Moment): boolean =>
  record.step < step || (record.step === step && (record.kind === 'step' || stepInEpoch === 0));

/** Where records go. */
export interface MetricsLog {
  /** Adds a record. */
  add(record: MetricsRecord): Promise<void>;
  /** Forgets what came after a moment: a run that is resumed does it again. */
  rewind(moment: Moment): Promise<void>;
  /** All records so far. */
  records(): Promise<readonly MetricsRecord[]>;
}

/** Records in a file, one JSON object a line. A last line that was cut off is left out. */
export function metricsFile(path: string): MetricsLog {
  checkArguments('metricsFile', { path: [path, 'string'] });
  const records = async (): Promise<readonly MetricsRecord[]> => {
    const text = await fileText(path).catch((error: SlowFastError) => {
      if ((error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return '';
      throw error;
    });
    const lines = text.split('\n');
    // What follows the last line break was being written when the process was ended.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as MetricsRecord);
  };
  return {
    records,
    add: (record) => appendText(path, `${JSON.stringify(record)}\n`),
    async rewind(moment) {
      const earlier = (await records()).filter((record) => isBefore(record, moment));
      const text = earlier.map((record) => `${JSON.stringify(record)}\n`).join('');
      await writeTextAtomic(path, text);
    },
  };
}

/** Records in memory. */
export function metricsList(): MetricsLog {
  let kept: MetricsRecord[] = [];
  return {
    records: async () => kept,
    add: async (record) => void kept.push(record),
    rewind: async (moment) => {
      kept = kept.filter((record) => isBefore(record, moment));
    },
  };
}
