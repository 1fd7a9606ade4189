import { verify } from '../ir/verify.js';
import { OPS } from '../ops/table.js';
import { prepareForInference } from '../passes/pipeline.js';
import { conformanceCases, trainingCases } from './conformance.js';
import { compareWithGolden } from './golden.js';
import { interpret } from './interpreter.js';

const cases = [...conformanceCases(), ...trainingCases()];

test('every operation occurs, in a case named after it', () => {
  const named = new Set(cases.map(({ name }) => name.split(':')[0]));
  const occurring = new Set(cases.flatMap(({ ops }) => [...ops]));
  for (const op of Object.keys(OPS)) {
    expect(named).toContain(op);
    expect(occurring).toContain(op);
  }
});

test('names are unique and the suite is the same on every call', () => {
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  const again = [...conformanceCases(), ...trainingCases()];
  expect(again.map(({ graph }) => graph)).toEqual(cases.map(({ graph }) => graph));
});

test.each(cases.map((c) => [c.name, c] as const))(
  'interpreter, before and after the inference passes: %s',
  async (_, { graph, weights, feeds }) => {
    verify(graph);
    const before = await interpret(graph, weights, feeds);
    const after = await interpret(prepareForInference(graph), weights, feeds);
    for (const [name, expected] of Object.entries(before)) {
      expect(expected.data.length).toBeGreaterThan(0);
      const value = Array.from(expected.data, Number);
      expect(value.every(Number.isFinite)).toBe(true);
      const agreement = compareWithGolden(after[name]!, { shape: expected.shape, value }, 1e-6);
      expect({ name, ...agreement }).toMatchObject({ ok: true });
    }
  },
);
