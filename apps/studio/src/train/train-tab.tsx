export function TrainTab() {
  return null;
}
