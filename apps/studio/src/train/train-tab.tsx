/** @file The Train tab: a head on the features of the model, taught in the page. */
import { useRef, useState } from 'preact/hooks';
import { download } from '../download.js';
import { ModelPicker } from '../model/model-picker.js';
import { useModel } from '../model/use-model.js';
import { useTexts } from '../settings.js';
import { bestOf, ScoreList } from '../try/score-list.js';
import { placedFiles, type PlacedFile } from '../video/dropped-files.js';
import { Preview } from '../video/preview.js';
import { useCamera } from '../video/use-camera.js';
import { useDrop } from '../video/use-drop.js';
import { VideoInput } from '../video/video-input.js';
import { headWorker } from '../worker/workers.js';
import { filesByClass } from './files-by-class.js';
import { headScores, type SoftmaxHead } from './softmax-head.js';

/** Seconds from clip to clip of the camera. */
const EVERY = 0.25;

interface TaughtClass {
  readonly name: string;
  readonly clips: readonly Float32Array[];
}

type Use = 'none' | 'try' | { readonly record: number };

/** The tab. */
export function TrainTab() {
  const texts = useTexts().train;
  const { camera: cameraText, stop: stopText } = useTexts().video;
  const model = useModel();
  const camera = useCamera();
  const [classes, setClasses] = useState<readonly TaughtClass[]>(() =>
    texts.names.map((name) => ({ name, clips: [] })),
  );
  const [head, setHead] = useState<SoftmaxHead>();
  const [status, setStatus] = useState('');
  const [scores, setScores] = useState<Float32Array>();
  const [additions, setAdditions] = useState(0);
  const [use, setUse] = useState<Use>('none');
  const running = useRef<AbortController | undefined>(undefined);
  const latest = useRef({ use, head, classes });
  const place = useRef<HTMLDivElement>(null);
  latest.current = { use, head, classes };

  const fail = (error: Error): void => setStatus(`${error.name}: ${error.message}`);
  function add(index: number, clip: Float32Array): void {
    setHead(undefined);
    setClasses((before) =>
      before.map((own, i) => (i === index ? { ...own, clips: [...own.clips, clip] } : own)),
    );
  }

  /** One run of the camera serves recording and trying; what its clips are for may change meanwhile. */
  async function watch(): Promise<void> {
    const stop = new AbortController();
    running.current = stop;
    try {
      const calls = await model.ready();
      const frames = await camera.start();
      await calls.call(
        'live',
        { frames, every: EVERY },
        {
          signal: stop.signal,
          transfer: [frames],
          onEvent: ({ features }) => {
            const now = latest.current;
            if (!features || stop.signal.aborted) return;
            if (typeof now.use === 'object') add(now.use.record, features);
            if (now.use === 'try' && now.head) setScores(headScores(now.head, features));
          },
        },
      );
    } catch (error) {
      camera.stop();
      if (!stop.signal.aborted) fail(error as Error);
    }
  }
  function turnOff(): void {
    running.current?.abort();
    camera.stop();
    setUse('none');
  }
  function change(next: Use): void {
    setUse(next);
    if (next !== 'none' && !camera.stream) void watch();
  }

  /** No head is trained meanwhile, since what is added undoes it. */
  async function adding(work: () => Promise<void>): Promise<void> {
    setAdditions((count) => count + 1);
    await work().catch(fail);
    setAdditions((count) => count - 1);
  }
  async function addVideos(index: number, files: readonly File[]): Promise<void> {
    const calls = await model.ready();
    for (const file of files) {
      await calls.call(
        'windows',
        { file, every: 0.5 },
        {
          onEvent: (event) => {
            if ('features' in event && event.features) add(index, event.features);
          },
        },
      );
    }
  }

  /** Clips of a folder, by the folders that they are in: each is a class. */
  async function addFolder(files: readonly PlacedFile[]): Promise<void> {
    const found = filesByClass(files);
    if (found.size === 0) return setStatus(texts.noFolders);
    const kept = classes.filter(({ clips }) => clips.length > 0);
    const names = [...new Set([...kept.map(({ name }) => name), ...found.keys()])];
    setHead(undefined);
    setClasses(names.map((name) => kept.find((own) => own.name === name) ?? { name, clips: [] }));
    let [done, all] = [0, 0];
    for (const own of found.values()) all += own.length;
    const problems: string[] = [];
    for (const [name, own] of found) {
      for (const file of own) {
        setStatus(texts.progress(++done, all));
        await addVideos(names.indexOf(name), [file]).catch(({ message }: Error) =>
          problems.push(message),
        );
      }
    }
    setStatus(problems.join(' '));
  }

  async function train(): Promise<void> {
    const taught = classes;
    const examples = taught.flatMap(({ clips }, label) =>
      clips.map((features) => ({ features, label })),
    );
    const trained = await headWorker().call('train', { examples, classes: taught.length });
    // More may have been recorded meanwhile.
    if (latest.current.classes !== taught) return;
    setHead(trained.head);
    const right = `${Math.round(100 * trained.accuracy)} %`;
    setStatus(texts.trained(right, trained.milliseconds));
  }

  useDrop(place, (files) => void adding(() => addFolder(files)), fail);

  const isReady = additions === 0 && classes.filter(({ clips }) => clips.length > 0).length >= 2;
  const labels = classes.map(({ name }) => name);
  return (
    <>
      <p>{texts.about}</p>
      <div class="two" ref={place}>
        <div>
          <ModelPicker model={model} />
          {model.info && !model.info.hasFeatures ? <p class="error">{texts.unusable}</p> : null}
          <p class="row">
            <button type="button" onClick={camera.stream ? turnOff : () => void watch()}>
              {camera.stream ? stopText : cameraText}
            </button>
          </p>
          <Preview stream={camera.stream} />
        </div>
        <div>
          {classes.map(({ name, clips }, i) => (
            <ClassFields
              key={i}
              {...{ name, index: i }}
              clips={clips.length}
              isRecording={typeof use === 'object' && use.record === i}
              onName={(changed) =>
                setClasses((before) => before.with(i, { ...before[i]!, name: changed }))
              }
              onRecord={(isOn) => change(isOn ? { record: i } : 'none')}
              onFiles={(files) => void adding(() => addVideos(i, files))}
            />
          ))}
          <p class="row">
            <button
              type="button"
              onClick={() => {
                setHead(undefined);
                setClasses([
                  ...classes,
                  { name: `${texts.class} ${classes.length + 1}`, clips: [] },
                ]);
              }}
            >
              {texts.addClass}
            </button>
            <VideoInput
              isFolder
              label={texts.addFolder}
              onFiles={(files) => void adding(() => addFolder(placedFiles(files)))}
            />
            <button
              type="button"
              class="main"
              disabled={!isReady}
              onClick={() => void train().catch(fail)}
            >
              {texts.train}
            </button>
            <button
              type="button"
              disabled={!head}
              aria-pressed={use === 'try'}
              onClick={() => change(use === 'try' ? 'none' : 'try')}
            >
              {texts.try}
            </button>
            <button
              type="button"
              disabled={!head}
              onClick={() => download('head.json', headFile(head!, labels), 'application/json')}
            >
              {texts.save}
            </button>
          </p>
          <p role="status" class="note" data-status>
            {status || (isReady || additions > 0 ? '' : texts.needs)}
          </p>
          {use === 'try' && scores ? (
            <ScoreList label={texts.try} scores={bestOf(scores, labels, labels.length)} />
          ) : null}
        </div>
      </div>
    </>
  );
}

function ClassFields({
  name,
  index,
  clips,
  isRecording,
  onName,
  onRecord,
  onFiles,
}: {
  readonly name: string;
  readonly index: number;
  readonly clips: number;
  readonly isRecording: boolean;
  readonly onName: (name: string) => void;
  readonly onRecord: (isOn: boolean) => void;
  readonly onFiles: (files: readonly File[]) => void;
}) {
  const texts = useTexts().train;
  return (
    <fieldset data-class={index}>
      <legend>{`${texts.class} ${index + 1}`}</legend>
      <label>
        {texts.class}
        <input
          type="text"
          value={name}
          onInput={({ currentTarget }) => onName(currentTarget.value)}
        />
      </label>
      <p class="row">
        <button
          type="button"
          aria-pressed={isRecording}
          aria-label={texts.recordFor(name)}
          class={isRecording ? 'main' : undefined}
          onClick={() => onRecord(!isRecording)}
        >
          {texts.record}
        </button>
        <VideoInput label={texts.addVideos} onFiles={onFiles} />
        <span aria-live="polite">{texts.clips(clips)}</span>
      </p>
    </fieldset>
  );
}

/** The head as a file: what normalises features, weights row by row, and the names of the classes. */
const headFile = ({ mean, scale, weights, bias }: SoftmaxHead, labels: readonly string[]): string =>
  `${JSON.stringify({ labels, mean: [...mean], scale: [...scale], weights: [...weights], bias: [...bias] })}\n`;
