import { GraphBuilder } from '../ir/builder.js';
import { printGraph } from '../ir/print.js';
import { formulaClip, formulaStore } from '../testing/formula.js';
import { interpret } from '../testing/interpreter.js';
import { dropIdentities } from './drop-identities.js';

const weights = formulaStore([
  ['linear.weight', [2, 3]],
  ['linear.bias', [2]],
]);

test('drops a chain of dropouts, whoever reads it', async () => {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 3] });
  const dropped = g.dropout(g.dropout(x, 0.5), 0.2);
  const y = g.linear(g.add(dropped, dropped), 2);
  const graph = g.build<'x', 'y'>({ y });
  const after = dropIdentities(graph);
  expect(printGraph(after)).toBe(
    [
      'input x: float32[N, 3]',
      'add: float32[N, 3] = add(x, x) {activation=identity}',
      'linear: float32[N, 2] = linear(add, linear.weight, linear.bias)',
      'output y = linear',
      '',
    ].join('\n'),
  );
  const feeds = { x: formulaClip([3, 3]) };
  expect(await interpret(after, weights, feeds)).toEqual(await interpret(graph, weights, feeds));
});

test('a dropout that is an output stays, one before it goes', () => {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 3] });
  const y = g.dropout(g.dropout(x, 0.5), 0.2);
  expect(printGraph(dropIdentities(g.build({ y })))).toBe(
    [
      'input x: float32[N, 3]',
      'dropout_2: float32[N, 3] = dropout(x) {rate=0.2}',
      'output y = dropout_2',
      '',
    ].join('\n'),
  );
});
