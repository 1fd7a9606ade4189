/** The most that options may ask for: those of `BOUNDS` of core, which would have to be loaded for every `--help`. */
export const MOST = {
  frames: 4096,
  stride: 4096,
  fps: 1000,
  side: 8192,
  width: 4096,
  kernel: 255,
  classes: 100_000,
} as const;
