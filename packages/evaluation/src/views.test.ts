import {
  pathwayFrameIndices,
  type CompiledModel,
  type HostTensor,
  type Preprocessing,
} from '@slowfast/core';
import { scoreViews, type ClipView } from './views.js';

const preprocessing: Preprocessing = {
  clip: { frames: 8, stride: 2, fps: 30 },
  sampling: 'pyslowfast',
  pathways: { slow: { frames: 2, rule: 'linspace' }, fast: { frames: 8, rule: 'linspace' } },
  resize: 2,
  crop: 2,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  channelOrder: 'rgb',
  activation: 'none',
  views: { clips: 3, crops: 1, combine: 'mean' },
};

/** A 'model' whose two scores are the first element of each pathway's last frame: enough to see the feeds. */
function echo(seen: number[][]): CompiledModel<'slow' | 'fast', 'scores'> {
  return {
    name: 'echo',
    device: 'test',
    inputs: { slow: ['N', 3, 2, 2, 2], fast: ['N', 3, 8, 2, 2] },
    outputs: { scores: ['N', 2] },
    metadata: {},
    async run({ slow, fast }) {
      const [n] = slow.shape;
      seen.push([...slow.shape]);
      const at = (x: HostTensor, row: number): number =>
        (x.data as Float32Array)[row * 3 * x.shape[2]! * 4 + (x.shape[2]! - 1) * 4]!;
      const data = Float32Array.from({ length: n! * 2 }, (_, i) =>
        at(i % 2 === 0 ? slow : fast, Math.floor(i / 2)),
      );
      return { scores: { dtype: 'float32', shape: [n!, 2], data } };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Clips whose every element is 100 · clip + frame. */
async function* clips(count: number, closed: { value: boolean }): AsyncGenerator<ClipView> {
  try {
    for (let clip = 0; clip < count; clip++) {
      const data = Float32Array.from(
        { length: 3 * 8 * 4 },
        (_, i) => 100 * clip + (Math.floor(i / 4) % 8),
      );
      yield { tensor: { dtype: 'float32', shape: [1, 3, 8, 2, 2], data } };
    }
  } finally {
    closed.value = true;
  }
}

describe('scoreViews', () => {
  it.each([
    [undefined, 3],
    [2, 2],
  ])('keeps as many runs going as the model does at once: %j', async (parallel, most) => {
    const model = echo([]);
    const state = { running: 0, most: 0 };
    const busy: typeof model = {
      ...model,
      parallelRuns: 3,
      run: async (feeds, options) => {
        expect(options).toEqual({ transfer: true });
        state.most = Math.max(state.most, ++state.running);
        // Later runs end sooner: scores are summed up in the order of views all the same.
        await new Promise((resolve) => setTimeout(resolve, 10 / state.running));
        state.running -= 1;
        return model.run(feeds);
      },
    };
    const options = {
      preprocessing,
      transfer: true,
      ...(parallel === undefined ? {} : { parallel }),
    };
    const done: number[] = [];
    const onProgress = (views: number): number => done.push(views);
    const { scores, views } = await scoreViews(busy, clips(7, { value: false }), {
      ...options,
      onProgress,
    });
    expect([views, [...scores]]).toEqual([7, [307, 307]]);
    expect(done).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(state).toEqual({ running: 0, most });
  });

  it('waits for the runs that it asked for when one fails', async () => {
    let ended = 0;
    const model: CompiledModel<'slow' | 'fast', 'scores'> = {
      ...echo([]),
      parallelRuns: 2,
      run: async () => {
        const isFirst = ended === 0;
        if (isFirst) ended = 1;
        await new Promise((resolve) => setTimeout(resolve, isFirst ? 1 : 20));
        if (isFirst) throw new Error('first');
        ended = 2;
        return { scores: { dtype: 'float32', shape: [1, 2], data: new Float32Array(2) } };
      },
    };
    await expect(scoreViews(model, clips(5, { value: false }), { preprocessing })).rejects.toThrow(
      'first',
    );
    expect(ended).toBe(2);
  });

  it.each([1, 2, 3, 5])('gives the same mean over 5 views in batches of %d', async (batch) => {
    const seen: number[][] = [];
    const closed = { value: false };
    const { scores, views } = await scoreViews(echo(seen), clips(5, closed), {
      preprocessing,
      batch,
    });
    // Last frame of slow is raw frame 7 (linspace 0, 7), of fast raw frame 7; mean of 7, 107, ..., 407.
    expect([...scores]).toEqual([207, 207]);
    expect(views).toBe(5);
    expect(seen.map(([n]) => n).reduce((a, b) => a! + b!)).toBe(5);
    expect(closed.value).toBe(true);
  });

  it('takes the maximum or the sum when the preprocessing says so', async () => {
    const run = (combine: 'max' | 'sum'): Promise<number[]> =>
      scoreViews(echo([]), clips(3, { value: false }), {
        preprocessing: { ...preprocessing, views: { ...preprocessing.views, combine } },
      }).then(({ scores }) => [...scores]);
    expect(await run('max')).toEqual([207, 207]);
    expect(await run('sum')).toEqual([321, 321]);
  });

  it('gathers Slow frames by the rule of the preprocessing', async () => {
    const strided: Preprocessing = {
      ...preprocessing,
      pathways: { ...preprocessing.pathways, slow: { frames: 2, rule: 'stride' } },
    };
    const { scores } = await scoreViews(echo([]), clips(1, { value: false }), {
      preprocessing: strided,
    });
    expect([...scores]).toEqual([4, 7]);
    expect(pathwayFrameIndices(32, 4, 'linspace')).toEqual([0, 10, 20, 31]);
    expect(pathwayFrameIndices(32, 4, 'stride')).toEqual([0, 8, 16, 24]);
  });

  it('stops the source when aborted, and throws the reason', async () => {
    const closed = { value: false };
    const controller = new AbortController();
    const scoring = scoreViews(echo([]), clips(100, closed), {
      preprocessing,
      signal: controller.signal,
      onProgress: (views) => views === 2 && controller.abort(new Error('enough')),
    });
    await expect(scoring).rejects.toThrow('enough');
    expect(closed.value).toBe(true);
  });

  it('reports an empty source, a wrong frame count and a wrong batch', async () => {
    const closed = { value: false };
    await expect(scoreViews(echo([]), clips(0, closed), { preprocessing })).rejects.toThrow(
      'scores: expected at least one view, received none.',
    );
    await expect(
      scoreViews(echo([]), clips(1, closed), {
        preprocessing: { ...preprocessing, clip: { ...preprocessing.clip, frames: 16 } },
      }),
    ).rejects.toThrow(
      'clip: expected 16 frames, as the preprocessing says, received [1, 3, 8, 2, 2].',
    );
    await expect(
      scoreViews(echo([]), clips(1, closed), { preprocessing, batch: 0 }),
    ).rejects.toThrow('batch: expected a whole number of at least 1, received 0.');
  });

  it('passes on the error of a source that fails while the model runs', async () => {
    async function* failing(): AsyncGenerator<ClipView> {
      yield* clips(1, { value: false });
      throw new Error('broken video');
    }
    await expect(scoreViews(echo([]), failing(), { preprocessing })).rejects.toThrow(
      'broken video',
    );
  });
});
