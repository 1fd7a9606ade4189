/** @file Which video: files or folders that are picked or dropped, a sample, or the camera. */
import { useRef, useState } from 'preact/hooks';
import { useTexts } from '../settings.js';
import { isVideoName, placedFiles, type PlacedFile } from './dropped-files.js';
import { SAMPLES, sampleFile, type Sample } from './samples.js';
import { useDrop } from './use-drop.js';
import { VideoInput } from './video-input.js';

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
  const [videos, setVideos] = useState<readonly PlacedFile[]>([]);
  const [chosen, choose] = useState(0);
  const [sample, setSample] = useState<Sample | ''>('');
  const wanted = useRef<Sample | ''>('');
  const [problem, setProblem] = useState('');
  const fail = ({ message }: Error): void => setProblem(message);

  /** One file is taken as it is; of several, those that are named as videos, the first at once. */
  function take(files: readonly PlacedFile[]): void {
    const found = files.length === 1 ? files : files.filter(({ file }) => isVideoName(file.name));
    setProblem(found.length === 0 ? texts.none : '');
    if (found.length === 0) return;
    forget();
    setVideos(found);
    show(found, 0);
  }
  function show(from: readonly PlacedFile[], index: number): void {
    choose(index);
    onFile(from[index]!.file);
  }
  useDrop(place, take, fail);
  async function takeSample(name: Sample | ''): Promise<void> {
    forget();
    setSample((wanted.current = name));
    if (!name) return;
    const file = await sampleFile(name);
    // Another may have been picked while it was fetched.
    if (wanted.current === name) onFile(file);
  }
  function forget(): void {
    setSample((wanted.current = ''));
    setVideos([]);
    setProblem('');
  }

  return (
    <div ref={place}>
      <div class="row">
        <VideoInput
          label={texts.pick}
          onFiles={(files) => files.length > 0 && take(placedFiles(files))}
        />
        <select
          class="own-width"
          aria-label={texts.sample}
          value={sample}
          onChange={({ currentTarget }) =>
            void takeSample(currentTarget.value as Sample | '').catch(fail)
          }
        >
          <option value="">{texts.sample} …</option>
          {SAMPLES.map((name) => (
            <option key={name} value={name}>
              {texts.samples[name]}
            </option>
          ))}
        </select>
        {camera ? (
          <button
            type="button"
            onClick={() => {
              forget();
              if (camera.isOn) camera.stop();
              else camera.start();
            }}
          >
            {camera.isOn ? texts.stop : texts.camera}
          </button>
        ) : null}
      </div>
      {videos.length > 1 ? (
        <label>
          {texts.of(chosen + 1, videos.length)}
          <select
            data-videos
            value={chosen}
            onChange={({ currentTarget }) => show(videos, Number(currentTarget.value))}
          >
            {videos.map(({ path }, i) => (
              <option key={path} value={i}>
                {path}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {problem ? (
        <p class="error" role="alert">
          {problem}
        </p>
      ) : null}
    </div>
  );
}
