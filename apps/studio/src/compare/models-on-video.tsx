/** @file Models, or checkpoints of one, on the same video: two at first, as many as are added. */
import { useRef, useState } from 'preact/hooks';
import { useTexts } from '../settings.js';
import { VideoPicker } from '../video/video-picker.js';
import { ComparedModel } from './compared-model.js';
import type { VideoAnswer } from './mean-scores.js';
import { ScoreTable } from './score-table.js';

/** Each holds its weights in a worker of its own. */
const MOST_MODELS = 8;

/** The models, the video, and what they say of it side by side. */
export function ModelsOnVideo() {
  const texts = useTexts().compare;
  const [models, setModels] = useState<readonly number[]>([0, 1]);
  const [answers, setAnswers] = useState<ReadonlyMap<number, VideoAnswer>>(new Map());
  const [file, setFile] = useState<File>();
  const last = useRef(1);
  const queue = useRef<Promise<unknown>>(Promise.resolve());

  /** One model after the other, so that none takes another's time. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = queue.current.then(work);
    queue.current = result.catch(() => undefined);
    return result;
  }
  function keep(id: number, answer: VideoAnswer | undefined): void {
    setAnswers((before) => {
      const after = new Map(before);
      if (answer) after.set(id, answer);
      else after.delete(id);
      return after;
    });
  }
  const isDone = models.every((id) => answers.has(id));
  return (
    <>
      <div class="cards">
        {models.map((id, i) => (
          <ComparedModel
            key={id}
            {...{ file, inTurn }}
            label={texts.numbered(i + 1)}
            onAnswer={(answer) => keep(id, answer)}
            onRemove={
              models.length > 2
                ? () => {
                    setModels(models.filter((other) => other !== id));
                    keep(id, undefined);
                  }
                : undefined
            }
          />
        ))}
      </div>
      <p class="row">
        <button
          type="button"
          disabled={models.length === MOST_MODELS}
          onClick={() => setModels([...models, ++last.current])}
        >
          {texts.addModel}
        </button>
      </p>
      <VideoPicker onFile={setFile} />
      <p role="status" class="note" data-compared>
        {file?.name}
        {file && !isDone ? ' …' : ''}
      </p>
      {answers.size > 1 ? (
        <ScoreTable
          columns={models.flatMap((id, i) => {
            const answer = answers.get(id);
            return answer ? [{ title: texts.numbered(i + 1), answer }] : [];
          })}
        />
      ) : null}
    </>
  );
}
