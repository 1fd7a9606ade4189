/** @file One of the models that are compared: which it is, and its best classes. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ModelPicker } from '../model/model-picker.js';
import { useModel } from '../model/use-model.js';
import { useTexts } from '../settings.js';
import { bestOf, ScoreList } from '../try/score-list.js';
import { meanScores, type VideoAnswer } from './mean-scores.js';

/** Goes over the video when it or the model is another. */
export function ComparedModel({
  label,
  file,
  inTurn,
  onAnswer,
  onRemove,
}: {
  readonly label: string;
  readonly file: File | undefined;
  /** Waits for the models before. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onAnswer: (answer: VideoAnswer | undefined) => void;
  /** None where two must stay. */
  readonly onRemove: (() => void) | undefined;
}) {
  const texts = useTexts().compare;
  const model = useModel();
  const [answer, setAnswer] = useState<VideoAnswer>();
  const [failure, setFailure] = useState('');
  const tell = useRef(onAnswer);
  tell.current = onAnswer;
  useEffect(() => {
    setAnswer(undefined);
    setFailure('');
    tell.current(undefined);
    if (!file || !model.info) return;
    const stop = new AbortController();
    const run = async (): Promise<void> => {
      try {
        if (stop.signal.aborted) return;
        const found = await meanScores(model, file, stop.signal);
        if (stop.signal.aborted) return;
        setAnswer(found);
        tell.current(found);
      } catch (error) {
        const { name, message } = error as Error;
        if (!stop.signal.aborted) setFailure(`${name}: ${message}`);
      }
    };
    void inTurn(run);
    return () => stop.abort();
  }, [file, model.info]);
  return (
    <section class="card" aria-label={label}>
      <ModelPicker model={model} label={label} />
      {onRemove ? (
        <button
          type="button"
          class="quiet"
          aria-label={texts.removeModel(label)}
          onClick={onRemove}
        >
          {texts.remove}
        </button>
      ) : null}
      {failure ? <p class="error">{failure}</p> : null}
      {answer ? (
        <>
          <ScoreList label={label} scores={bestOf(answer.scores, answer.labels, 5)} />
          <p class="note">{texts.difference(answer.milliseconds.toFixed(0))}</p>
        </>
      ) : null}
    </section>
  );
}
