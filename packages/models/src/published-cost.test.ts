import { costTable } from './cost-table.js';
import { comparePartCosts } from './part-cost.js';
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

  it.each(comparePartCosts().map((part) => [part.what, part] as const))(
    '%s, of parts',
    (_, { published, measured, differs }) => {
      const { multiplyAdds, parameters = measured.parameters } = published;
      const deviation = Math.max(
        Math.abs(measured.multiplyAdds / multiplyAdds - 1),
        Math.abs(measured.parameters / parameters - 1),
      );
      expect(deviation > COST_TOLERANCE).toBe(differs !== undefined);
    },
  );

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
