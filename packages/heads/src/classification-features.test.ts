import { GraphBuilder, type Graph, type RunnableModel } from '@slowfast/core';
import { formulaClip, formulaStore, interpret } from '@slowfast/core/testing';
import { classificationFeatures } from './classification-features.js';
import { classificationHead, type ClassificationHeadOptions } from './classification.js';

type P = 'slow' | 'fast';
const CLASSES = 5;
const SHAPES = { slow: [4, 2, 3, 4], fast: [2, 6, 3, 4] } as const;

function model(options: Partial<ClassificationHeadOptions<P>> = {}): RunnableModel<P, 'scores'> {
  const g = GraphBuilder.empty('test');
  const features = {
    slow: g.input('slow', { dtype: 'float32', shape: ['N', ...SHAPES.slow] }),
    fast: g.input('fast', { dtype: 'float32', shape: ['N', ...SHAPES.fast] }),
  };
  const head = classificationHead<P>({ pathways: ['slow', 'fast'], classes: CLASSES, ...options });
  const graph: Graph<P, 'scores'> = g.build(head.build(g.scope('head'), features));
  return { name: 'test', graph };
}

const feeds = {
  slow: formulaClip([2, ...SHAPES.slow], 'slow'),
  fast: formulaClip([2, ...SHAPES.fast], 'fast'),
};
const store = formulaStore([
  ['head.projection.weight', [CLASSES, 6]],
  ['head.projection.bias', [CLASSES]],
]);

describe('classificationFeatures', () => {
  it.each([0.5, 0])('are what the linear layer makes logits of (dropout %d)', async (dropout) => {
    const whole = model({ activation: 'none', dropout });
    const part = classificationFeatures(whole);
    expect(part.channels).toBe(6);
    expect([...part.graph.params.keys()]).toEqual([]);
    expect([...part.parameterNames]).toEqual(['head.projection.weight', 'head.projection.bias']);
    const { head } = await interpret(part.graph, store, feeds);
    const { scores } = await interpret(whole.graph, store, feeds);
    expect(head.shape).toEqual([2, 6, 1, 1, 1]);
    const weight = (await store.read('head.projection.weight')).data as Float32Array;
    const bias = (await store.read('head.projection.bias')).data as Float32Array;
    for (let n = 0; n < 2; n++) {
      for (let k = 0; k < CLASSES; k++) {
        let logit = bias[k]!;
        for (let c = 0; c < 6; c++) {
          logit += Number(head.data[n * 6 + c]) * weight[k * 6 + c]!;
        }
        expect(Number(scores.data[n * CLASSES + k])).toBeCloseTo(logit, 5);
      }
    }
  });

  it('keep the positions of windows smaller than the input', () => {
    const { graph } = classificationFeatures(model({ pool: { window: [2, 3] } }));
    expect(graph.outputs.head.type.shape).toEqual(['N', 6, 1, 2, 2]);
  });

  it('are refused for another head', () => {
    const g = GraphBuilder.empty('other');
    const x = g.input('slow', { dtype: 'float32', shape: ['N', ...SHAPES.slow] });
    const graph = g.build({ scores: g.mean(x, [2, 3, 4]) });
    expect(() => classificationFeatures({ name: 'other', graph })).toThrow(
      'other: expected a network with a classification head, received one with another head. ' +
        "Take the features of a stage, such as 'slow.res5'.",
    );
  });
});
