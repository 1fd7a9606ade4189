/** @file Where a class is seen: the frame under the pointer below the activation maps of each pathway. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TabModel } from '../model/use-model.js';
import { useTexts } from '../settings.js';
import type { MapPicture } from '../worker/class-maps.js';

/** What is looked at. */
export interface MapPlace {
  /** Of the windows. */
  readonly window: number;
  /** Seconds. */
  readonly time: number;
  /** The best class of the window. */
  readonly best: number;
}

/** A mark that shows the maps, the choice of a class, and a picture a pathway. */
export function ClassMaps({
  model,
  labels,
  place,
  isLive,
}: {
  readonly model: TabModel;
  readonly labels: readonly string[];
  readonly place: MapPlace;
  /** Of the camera, whose newest clip is looked at. */
  readonly isLive: boolean;
}) {
  const texts = useTexts().try;
  const [isOn, setOn] = useState(false);
  const [chosen, choose] = useState<number>();
  const index = chosen ?? place.best;
  const { pictures, isBusy, failure } = usePictures(model, isOn, { ...place, best: index });
  // The camera is always at the next.
  const isWaiting = isBusy && !(isLive && pictures.length > 0);
  if (model.info && !model.info.hasMaps) return <p class="note">{texts.noMaps}</p>;
  const name = labels[index] ?? `${index}`;
  return (
    <>
      <label class="mark">
        <input
          type="checkbox"
          checked={isOn}
          onInput={({ currentTarget }) => setOn(currentTarget.checked)}
        />
        {texts.maps}
      </label>
      {isOn ? (
        <>
          <label>
            {texts.class}
            <select
              value={chosen ?? 'best'}
              onChange={({ currentTarget: { value } }) =>
                choose(value === 'best' ? undefined : Number(value))
              }
            >
              <option value="best">{texts.bestClass}</option>
              {labels.map((label, i) => (
                <option key={i} value={i}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <p role="status" class={failure ? 'error' : 'note'} data-maps>
            {failure || (isWaiting ? texts.mapping : texts.mapsOf(name))}
          </p>
          <div class="maps">
            {pictures.map((picture) => (
              <MapFigure
                key={picture.stage}
                picture={picture}
                words={texts.mapAt(picture.stage, name, place.time.toFixed(2))}
              />
            ))}
          </div>
        </>
      ) : null}
    </>
  );
}

/** The pictures of the latest place; one run at a time, since the pointer is faster than a model. */
function usePictures(model: TabModel, isOn: boolean, { window, time, best }: MapPlace) {
  const [pictures, setPictures] = useState<readonly MapPicture[]>([]);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const wanted = useRef<object | undefined>(undefined);
  const running = useRef(Promise.resolve());
  useEffect(() => {
    if (!isOn) return;
    const question = { window, time, class: best };
    wanted.current = question;
    setBusy(true);
    running.current = running.current.then(async () => {
      if (wanted.current !== question) return;
      try {
        const calls = await model.ready();
        const answer = await calls.call('maps', question);
        setPictures(answer);
        setFailure('');
      } catch (error) {
        const { name, message } = error as Error;
        setFailure(`${name}: ${message}`);
      }
      if (wanted.current === question) setBusy(false);
    });
  }, [isOn, window, time, best]);
  useEffect(() => () => void (wanted.current = undefined), []);
  return { pictures, isBusy, failure };
}

function MapFigure({ picture, words }: { readonly picture: MapPicture; readonly words: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { stage, width, height, pixels } = picture;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    context?.putImageData(new ImageData(pixels, width, height), 0, 0);
  }, [picture]);
  return (
    <figure class="strip">
      <figcaption>{stage}</figcaption>
      <canvas ref={canvas} role="img" aria-label={words} {...{ width, height }} />
    </figure>
  );
}
