/** @file Files and folders dropped anywhere on the page while a tab is shown. */
import { useEffect, useRef } from 'preact/hooks';
import { droppedFiles, type PlacedFile } from './dropped-files.js';

/** Hands over what is dropped while `place` is shown; errors of reading it too. */
export function useDrop(
  place: { readonly current: HTMLElement | null },
  onFiles: (files: readonly PlacedFile[]) => void,
  onError: (error: Error) => void,
): void {
  const latest = useRef({ onFiles, onError });
  latest.current = { onFiles, onError };
  useEffect(() => {
    const isShown = (): boolean => !!place.current && !place.current.closest('[hidden]');
    const over = (event: DragEvent): void => {
      if (isShown()) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      if (!isShown() || !event.dataTransfer) return;
      event.preventDefault();
      droppedFiles(event.dataTransfer.items).then(
        (files) => latest.current.onFiles(files),
        (error: Error) => latest.current.onError(error),
      );
    };
    addEventListener('dragover', over);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('drop', drop);
    };
  }, []);
}
