/** @file The Train tab. */
export function TrainTab() {
  return null;
}
