import { GraphBuilder } from './builder.js';
import { printGraph } from './print.js';

test('inputs, nodes with types and attributes, outputs', () => {
  const g = GraphBuilder.empty('model');
  const slow = g.input('slow', { dtype: 'float32', shape: ['N', 3, 2, 4, 4] });
  const boxes = g.input('boxes', { dtype: 'float32', shape: ['R', 5] });
  const conv = g.scope('s1').conv3d(slow, { channels: 2, kernel: [1, 3, 3], stride: [1, 2, 2] });
  const norm = g.scope('s1').batchNorm(conv);
  const y = g.emit('gather', [norm], { axis: 2, indices: [1, 0, 1] }, 'frames');
  expect(printGraph(g.build({ y, boxes }))).toBe(`\
input slow: float32[N, 3, 2, 4, 4]
input boxes: float32[R, 5]
s1.conv: float32[N, 2, 2, 2, 2] = conv3d(slow, s1.conv.weight) {kernel=[1, 3, 3], stride=[1, 2, 2], padding=[0, 1, 1], dilation=[1, 1, 1], groups=1, activation=identity}
s1.norm: float32[N, 2, 2, 2, 2] = batch_norm(s1.conv, s1.norm.weight, s1.norm.bias, s1.norm.running_mean, s1.norm.running_var) {epsilon=0.00001, momentum=0.1}
frames: float32[N, 2, 3, 2, 2] = gather(s1.norm) {axis=2, indices=[1, 0, 1]}
output y = frames
output boxes = boxes
`);
});

test('an empty graph is an empty line', () => {
  expect(printGraph(GraphBuilder.empty('model').build({}))).toBe('\n');
});
