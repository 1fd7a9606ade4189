/** Whether a path leads to something. Node's file system is loaded when it is called. */
export async function isThere(path: string): Promise<boolean> {
  const { access } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises');
  return access(path).then(
    () => true,
    () => false,
  );
}
