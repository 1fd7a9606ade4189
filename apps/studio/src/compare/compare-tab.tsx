/** @file The Compare tab. */
export function CompareTab() {
  return null;
}
