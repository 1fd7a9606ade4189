/** @file The kernels of a stage as the paper's Table 1 sets them: blocks in brackets, counted. */

/** Lines that are set together: a block in brackets with its count, or layers that stand alone. */
export interface KernelGroup {
  readonly lines: readonly string[];
  /** How often the block follows on itself; undefined for layers that are no block. */
  readonly count?: number;
  /** What follows on the block: `+ non-local`. */
  readonly addition?: string;
}

/** Of `[1x1², 64; 1x3², 64; 1x1², 256] + non-local x3`, as `describeModel` writes it. */
export function kernelGroups(layers: readonly string[]): readonly KernelGroup[] {
  return layers.map((layer) => {
    const block = /^\[(.*)\](.*) x(\d+)$/.exec(layer);
    if (!block) return { lines: [withSigns(layer)] };
    const [, lines = '', addition = '', count] = block;
    return {
      lines: lines.split('; ').map(withSigns),
      count: Number(count),
      ...(addition ? { addition: addition.trim() } : {}),
    };
  });
}

/** `1×3²` of `1x3²`. */
const withSigns = (text: string): string => text.replace(/(?<=\d)x(?=\d)/g, '×');
