/** @file Multi-view testing: n clips × m crops of one video through a model, combined by the preprocessing. */
import {
  checkArguments,
  ShapeError,
  type CompiledModel,
  type HostTensor,
  type Preprocessing,
} from '@slowfast/core';
import { batchFeeds } from './clip-input.js';
import { ScoreCombiner, activate } from './scores.js';

/** One view of a video: a clip in time, a crop in space. */
export interface ClipView {
  /** `[1, 3, T, H, W]`, normalised. */
  readonly tensor: HostTensor<'float32'>;
  /** The spectrogram of the clip's sound, for a model that hears: `[1, 1, frames, 1, mels]`. */
  readonly sound?: HostTensor<'float32'>;
}

/** The sounds of views that have one. */
export const soundsOf = (views: readonly ClipView[]): readonly HostTensor<'float32'>[] =>
  views.flatMap(({ sound }) => (sound ? [sound] : []));

/** Options of {@link scoreViews}. */
export interface ScoreOptions {
  readonly preprocessing: Preprocessing;
  /** Views a run; default 1, which needs the least memory and is no slower on a CPU. */
  readonly batch?: number;
  /**
   * Runs that are asked for at once; default as many as go on at once in the model, `parallelRuns`. Where several
   * videos share a model, fewer for each are enough.
   */
  readonly parallel?: number;
  /** Whether the views' tensors may be given away to the model, which then copies less; default false. */
  readonly transfer?: boolean;
  /** Name of the model's output; default the first. */
  readonly output?: string;
  /** Called with all outputs of each run, and the number of views before it, in the views' order. */
  readonly onOutputs?: (outputs: Readonly<Record<string, HostTensor>>, views: number) => void;
  /** Called after each batch with the number of views done. */
  readonly onProgress?: (views: number) => void;
  readonly signal?: AbortSignal;
}

/** What {@link scoreViews} found, and where the time went. */
export interface ViewScores {
  /** One score a class, combined over all views. */
  readonly scores: Float32Array;
  readonly views: number;
  readonly timing: {
    /** Milliseconds in which the model had all the runs that it can do at once, or no more views came. */
    readonly inference: number;
    /** Milliseconds in which it waited, in part at least, for decoding and preprocessing. */
    readonly waiting: number;
  };
}

/**
 * Scores the views of one video, in their order. The next views are pulled while the model runs, so that decoding and
 * preprocessing overlap it. Stops the source when it ends, fails or is aborted.
 *
 * Throws {@link ShapeError} for clips that do not fit, and the signal's reason when aborted.
 */
export async function scoreViews<I extends string, O extends string>(
  model: CompiledModel<I, O>,
  views: AsyncIterable<ClipView> | Iterable<ClipView>,
  options: ScoreOptions,
): Promise<ViewScores> {
  checkArguments('scoreViews', {
    model: [model, 'object'],
    views: [views, 'iterable'],
    options: [options, 'object'],
  });

  const { preprocessing, batch = 1, transfer = false, onProgress, signal } = options;
  if (!Number.isInteger(batch) || batch < 1) {
    throw new ShapeError({
      site: 'batch',
      expected: 'a whole number of at least 1',
      received: `${batch}`,
    });
  }
  const output = (options.output ?? Object.keys(model.outputs)[0]) as O;
  const inputs = Object.keys(model.inputs) as I[];
  const combiner = new ScoreCombiner(preprocessing.views.combine);
  const timing = { inference: 0, waiting: 0 };
  const parallel = options.parallel ?? model.parallelRuns ?? 1;
  const running: Promise<Record<O, HostTensor>>[] = [];
  const takeFirst = async (): Promise<void> => {
    const startedAt = performance.now();
    const results = await running.shift()!;
    timing.inference += performance.now() - startedAt;
    options.onOutputs?.(results, combiner.views);
    addRows(combiner, results[output], preprocessing);
    onProgress?.(combiner.views);
  };
  const iterator =
    Symbol.asyncIterator in views ? views[Symbol.asyncIterator]() : views[Symbol.iterator]();
  try {
    let pending = nextBatch(iterator, batch);
    for (;;) {
      const waitedFrom = performance.now();
      const next = await pending;
      timing.waiting += performance.now() - waitedFrom;
      signal?.throwIfAborted();
      if (next.length === 0) break;
      const clips = next.map(({ tensor }) => tensor);
      const feeds = batchFeeds(inputs, preprocessing, clips, soundsOf(next));
      const run = model.run(feeds, { transfer });
      // Its error is thrown where it is awaited, as is that of a source that fails during the run.
      run.catch(() => undefined);
      running.push(run);
      pending = nextBatch(iterator, batch);
      pending.catch(() => undefined);
      if (running.length >= parallel) await takeFirst();
    }
    while (running.length > 0) {
      await takeFirst();
      signal?.throwIfAborted();
    }
  } finally {
    // What was asked for is done before the model may be released.
    await Promise.allSettled(running);
    await iterator.return?.();
  }
  return { scores: combiner.result(), views: combiner.views, timing };
}

/**
 * Scores views that are a batch of feeds already, in one run. Throws {@link ShapeError} for feeds that do not fit.
 */
export async function scoreFeeds<I extends string, O extends string>(
  model: CompiledModel<I, O>,
  feeds: Readonly<Record<I, HostTensor>>,
  options: Pick<ScoreOptions, 'preprocessing' | 'output' | 'onOutputs'>,
): Promise<ViewScores> {
  checkArguments('scoreFeeds', {
    model: [model, 'object'],
    feeds: [feeds, 'object'],
    options: [options, 'object'],
  });
  const { preprocessing, onOutputs } = options;
  const output = (options.output ?? Object.keys(model.outputs)[0]) as O;
  const combiner = new ScoreCombiner(preprocessing.views.combine);
  const startedAt = performance.now();
  const results = await model.run(feeds);
  const timing = { inference: performance.now() - startedAt, waiting: 0 };
  onOutputs?.(results, 0);
  addRows(combiner, results[output], preprocessing);
  return { scores: combiner.result(), views: combiner.views, timing };
}

async function nextBatch(
  iterator: AsyncIterator<ClipView> | Iterator<ClipView>,
  count: number,
): Promise<ClipView[]> {
  const views: ClipView[] = [];
  while (views.length < count) {
    const { value, done } = await iterator.next();
    if (done) break;
    views.push(value);
  }
  return views;
}

/** Adds the scores of a run, a row a view. */
function addRows(
  combiner: ScoreCombiner,
  output: HostTensor,
  { activation }: Pick<Preprocessing, 'activation'>,
): void {
  const [rows, classes] = output.shape;
  if (output.dtype !== 'float32' || output.shape.length !== 2) {
    throw new ShapeError({
      site: 'output',
      expected: 'float32 scores [views, classes]',
      received: `${output.dtype} [${output.shape.join(', ')}]`,
      remedy: 'Give a model with a classification head',
    });
  }
  const { data } = output;
  for (let i = 0; i < rows!; i++) {
    combiner.add(activate(data.subarray(i * classes!, (i + 1) * classes!), activation));
  }
}
