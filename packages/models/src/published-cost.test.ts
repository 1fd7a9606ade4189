import { costTable } from './cost-table.js';
import { compareCosts } from './published-cost.js';

/** Deviation from a published number that counts as agreement: 0.2 %. */
const COST_TOLERANCE = 0.002;

const compared = compareCosts();
const name = ({ source, provenance, model, options, quantity }: (typeof compared)[number]) =>
  `${source} (${provenance}), ${quantity} of ${model} ${JSON.stringify(options)}`;

describe('published costs', () => {
  it.each(
    compared.filter((row) => row.differs === undefined).map((row) => [name(row), row] as const),
  )('%s', (_, { deviation }) => {
    expect(Math.abs(deviation)).toBeLessThanOrEqual(COST_TOLERANCE);
  });

  it('are listed as not reproduced only where they are not', () => {
    const differing = compared.filter((row) => row.differs !== undefined);
    expect(differing.filter((row) => Math.abs(row.deviation) <= COST_TOLERANCE)).toEqual([]);
  });

  it('become a table in which every row stands once', () => {
    const text = costTable();
    for (const { value, source, provenance } of compared) {
      expect(text).toContain(`| ${source} (${provenance}) |`);
      expect(text).toContain(`| ${value} |`);
    }
    expect(text.match(/^\| [^\n]*(?:paper|zoo|instantiated)\) \|/gm)).toHaveLength(compared.length);
  });
});
