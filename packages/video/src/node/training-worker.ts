/** @file The worker thread of training: decodes, augments, and hands over finished clips without copying. */
import { plainError } from '@slowfast/core';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { trainingSample, type SampleJob } from '../training/sample.js';
import { openFile } from './open.js';
import type { FromTrainer, ToTrainer, TrainerSetup } from './training-protocol.js';

function serve(port: MessagePort, { options, open }: TrainerSetup): void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const make = async (id: number, job: SampleJob): Promise<void> => {
    try {
      const sample = await trainingSample(
        job,
        options,
        (path) => openFile(path, { ...open, signal }),
        signal,
      );
      const tensors = [sample.tensor, ...(sample.sound ? [sample.sound] : [])];
      port.postMessage(
        { type: 'sample', id, sample } satisfies FromTrainer,
        tensors.map(({ data }) => data.buffer as ArrayBuffer),
      );
    } catch (error) {
      if (signal.aborted) return;
      port.postMessage({ type: 'error', id, error: plainError(error) } satisfies FromTrainer);
    }
  };
  port.on('message', (message: ToTrainer) => {
    if (message.type === 'make') {
      void make(message.id, message.job);
      return;
    }
    stopping.abort();
    port.close();
  });
}

if (parentPort) serve(parentPort, workerData as TrainerSetup);
