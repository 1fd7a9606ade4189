/** @file Which video: a file that is picked or dropped, the sample, or the camera. */
import { useEffect, useId, useRef } from 'preact/hooks';
import { useTexts } from '../settings.js';

/** Files alone, or the camera too. */
export function VideoPicker({
  onFile,
  camera,
}: {
  readonly onFile: (file: File) => void;
  readonly camera?: {
    readonly isOn: boolean;
    readonly start: () => void;
    readonly stop: () => void;
  };
}) {
  const texts = useTexts().video;
  const place = useRef<HTMLDivElement>(null);
  const id = useId();
  useDrop(place, onFile);
  async function sample(): Promise<void> {
    const response = await fetch('./samples/handshake.webm');
    onFile(new File([await response.blob()], 'handshake.webm', { type: 'video/webm' }));
  }
  return (
    <div class="row" ref={place}>
      <input
        class="hidden-input"
        type="file"
        id={id}
        accept="video/*,.mkv,.ts"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file) onFile(file);
          currentTarget.value = '';
        }}
      />
      <label class="button" for={id}>
        {texts.pick}
      </label>
      <button type="button" onClick={() => void sample()}>
        {texts.sample}
      </button>
      {camera ? (
        <button type="button" onClick={camera.isOn ? camera.stop : camera.start}>
          {camera.isOn ? texts.stop : texts.camera}
        </button>
      ) : null}
    </div>
  );
}

/** Files dropped anywhere on the page while the tab is shown. */
function useDrop(place: { readonly current: HTMLElement | null }, onFile: (file: File) => void) {
  const latest = useRef(onFile);
  latest.current = onFile;
  useEffect(() => {
    const isShown = (): boolean => !!place.current && !place.current.closest('[hidden]');
    const over = (event: DragEvent): void => {
      if (isShown()) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      if (!isShown()) return;
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) latest.current(file);
    };
    addEventListener('dragover', over);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('drop', drop);
    };
  }, []);
}
