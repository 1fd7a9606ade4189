/** A generator of the numbers 0 … 2^32 - 1 for a seed and a case (mulberry32). */
export function randomOf(seed, number) {
  let state = (seed * 0x9e3779b9 + number * 0x85ebca6b) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  return {
    next,
    below: (limit) => (limit > 0 ? next() % limit : 0),
    of: (items) => items[next() % items.length],
  };
}
