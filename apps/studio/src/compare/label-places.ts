/** @file Where the names of points stand, so that none covers another or a point. */

interface Place {
  readonly x: number;
  readonly y: number;
  readonly name: string;
}

/** Of a name at 12 pixels. */
const widthOf = ({ name }: Place): number => 7 * name.length + 20;

/**
 * Names to the right of their points, each at the nearest height, above or below, where it covers no name and no point.
 * The points keep their order.
 */
export function labelPlaces<P extends Place>(
  points: readonly P[],
): readonly (P & { readonly labelY: number })[] {
  const placed = new Map<P, number>();
  for (const point of [...points].sort((a, b) => b.x - a.x)) {
    const isFree = (y: number): boolean =>
      [...placed].every(
        ([other, otherY]) =>
          Math.abs(otherY - y) >= 14 ||
          other.x >= point.x + widthOf(point) ||
          point.x >= other.x + widthOf(other),
      ) &&
      points.every(
        (other) =>
          other === point ||
          Math.abs(other.y - y) >= 12 ||
          other.x <= point.x + 4 ||
          other.x >= point.x + widthOf(point),
      );
    const shifts = Array.from({ length: 200 }, (_, i) => (i % 2 ? -1 : 1) * Math.ceil(i / 2));
    const shift = shifts.find((own) => isFree(point.y + own)) ?? 0;
    placed.set(point, point.y + shift);
  }
  return points.map((point) => ({ ...point, labelY: placed.get(point)! }));
}
