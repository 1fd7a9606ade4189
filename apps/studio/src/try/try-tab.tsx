/** @file The Try tab: what goes on in a video or before the camera, over time. */
import { useRef, useState } from 'preact/hooks';
import { ModelPicker } from '../model/model-picker.js';
import { useModel } from '../model/use-model.js';
import { useTexts } from '../settings.js';
import { Preview } from '../video/preview.js';
import { useCamera } from '../video/use-camera.js';
import { VideoPicker } from '../video/video-picker.js';
import type { WindowScores } from '../worker/model.worker.js';
import { ClassMaps } from './class-maps.js';
import { FilmStrips } from './film-strips.js';
import { bestOf, ScoreList } from './score-list.js';
import { SegmentTable } from './segment-table.js';
import { Timeline } from './timeline.js';

/** Windows of the camera that are shown. */
const MOST_LIVE = 60;

/** The tab. */
export function TryTab() {
  const all = useTexts();
  const texts = all.try;
  const model = useModel();
  const camera = useCamera();
  const [file, setFile] = useState<File>();
  const [every, setEvery] = useState(0.5);
  const [windows, setWindows] = useState<readonly WindowScores[]>([]);
  const [position, setPosition] = useState(0);
  const [time, setTime] = useState<number>();
  const [status, setStatus] = useState('');
  const [isDone, setDone] = useState(false);
  const running = useRef<AbortController | undefined>(undefined);

  /** Ends what runs, and begins something else with nothing to show yet. */
  function begin(): AbortController {
    running.current?.abort();
    const stop = new AbortController();
    running.current = stop;
    setWindows([]);
    setPosition(0);
    setTime(undefined);
    setDone(false);
    setStatus('');
    return stop;
  }
  const fail = (stop: AbortController) => (error: Error) => {
    if (running.current === stop && !stop.signal.aborted) {
      setStatus(`${error.name}: ${error.message}`);
    }
  };

  async function goOver(video: File): Promise<void> {
    camera.stop();
    const stop = begin();
    setFile(video);
    try {
      const calls = await model.ready();
      let windows: readonly WindowScores[] = [];
      let count = 0;
      const { warnings } = await calls.call(
        'windows',
        { file: video, every },
        {
          signal: stop.signal,
          onEvent: (event) => {
            if (stop.signal.aborted) return;
            if ('windows' in event) count = event.windows;
            else setWindows((windows = [...windows, event]));
            setStatus(texts.progress(windows.length, count));
          },
        },
      );
      if (stop.signal.aborted) return;
      const sum = windows.reduce((total, own) => total + own.milliseconds, 0);
      const done = texts.done(windows.length, Math.round(sum / Math.max(1, windows.length)));
      setStatus([done, ...warnings].join(' '));
      setDone(windows.length > 0);
    } catch (error) {
      fail(stop)(error as Error);
    }
  }

  async function watch(): Promise<void> {
    const stop = begin();
    setFile(undefined);
    try {
      const calls = await model.ready();
      const frames = await camera.start();
      let windows: readonly WindowScores[] = [];
      await calls.call(
        'live',
        { frames, every },
        {
          signal: stop.signal,
          transfer: [frames],
          onEvent: (event) => {
            if (stop.signal.aborted) return;
            windows = [...windows, event].slice(-MOST_LIVE);
            setWindows(windows);
            setPosition(windows.length - 1);
            setStatus(texts.watching(event.drops, Math.round(event.milliseconds)));
          },
        },
      );
      if (stop.signal.aborted) return;
      setStatus(texts.stopped);
    } catch (error) {
      camera.stop();
      fail(stop)(error as Error);
    }
  }

  function stopCamera(): void {
    running.current?.abort();
    camera.stop();
    setStatus(texts.stopped);
  }

  const labels = model.info?.labels ?? [];
  const current = windows[position];
  const seen = time ?? (current ? (current.start + current.end) / 2 : 0);
  return (
    <>
      <p>{texts.about}</p>
      <div class="two">
        <div>
          <ModelPicker model={model} />
          <label>
            {all.video.every}
            <input
              type="number"
              min={0.1}
              max={60}
              step={0.1}
              value={every}
              onInput={({ currentTarget: { valueAsNumber: seconds } }) => {
                if (seconds >= 0.1) setEvery(seconds);
              }}
            />
          </label>
          <h2>{all.video.title}</h2>
          <VideoPicker
            onFile={(video) => void goOver(video)}
            camera={{
              isOn: camera.stream !== undefined,
              start: () => void watch(),
              stop: stopCamera,
            }}
          />
          <p role="status" class="note" data-status>
            {status}
          </p>
          <Preview file={file} stream={camera.stream} time={current && seen} />
        </div>
        {current ? (
          <div>
            <Timeline
              {...{ windows, labels, position }}
              onPosition={(index, seconds) => {
                setPosition(index);
                setTime(seconds);
              }}
            />
            <div class="halves">
              <div>
                <h2>{texts.best}</h2>
                <ScoreList label={texts.best} scores={bestOf(current.scores, labels, 5)} />
              </div>
              <div>
                <h2>{texts.strips}</h2>
                <FilmStrips strips={current.strips} />
              </div>
            </div>
            {(isDone && file) || camera.stream ? (
              <ClassMaps
                key={file?.name ?? 'camera'}
                isLive={!file}
                {...{ model, labels }}
                place={{ window: position, time: seen, best: bestIndex(current.scores) }}
              />
            ) : null}
            {isDone && file ? <SegmentTable {...{ windows, labels }} name={file.name} /> : null}
          </div>
        ) : null}
      </div>
    </>
  );
}

const bestIndex = (scores: Float32Array): number => scores.indexOf(Math.max(...scores));
