export function TryTab() {
  return null;
}
