/** @file Two models, or two checkpoints of one, on the same video. */
import { useRef, useState } from 'preact/hooks';
import { ModelPicker } from '../model/model-picker.js';
import { useModel, type TabModel } from '../model/use-model.js';
import { useTexts } from '../settings.js';
import { bestOf, ScoreList, type LabelledScore } from '../try/score-list.js';
import { VideoPicker } from '../video/video-picker.js';

interface Answer {
  readonly best: readonly LabelledScore[];
  readonly milliseconds: number;
}

/** Both models, one after the other, so that neither takes the other's time. */
export function TwoModels() {
  const all = useTexts();
  const texts = all.compare;
  const models = [useModel(), useModel()] as const;
  const [answers, setAnswers] = useState<readonly (Answer | string)[]>([]);
  const [name, setName] = useState('');
  const running = useRef<AbortController | undefined>(undefined);

  async function run(file: File): Promise<void> {
    running.current?.abort();
    const stop = new AbortController();
    running.current = stop;
    setName(file.name);
    setAnswers([]);
    const found: (Answer | string)[] = [];
    for (const model of models) {
      try {
        found.push(await meanScores(model, file, stop.signal));
      } catch (error) {
        const { name: kind, message } = error as Error;
        found.push(`${kind}: ${message}`);
      }
      if (stop.signal.aborted) return;
      setAnswers([...found]);
    }
  }
  return (
    <>
      <div class="halves">
        <ModelPicker model={models[0]} label={texts.first} />
        <ModelPicker model={models[1]} label={texts.second} />
      </div>
      <VideoPicker onFile={(file) => void run(file)} />
      <p role="status" class="note" data-compared>
        {name}
        {name && answers.length < 2 ? ' …' : ''}
      </p>
      <div class="halves">
        {answers.map((answer, i) =>
          typeof answer === 'string' ? (
            <p key={i} class="error">
              {answer}
            </p>
          ) : (
            <div key={i}>
              <ScoreList label={i === 0 ? texts.first : texts.second} scores={answer.best} />
              <p class="note">{texts.difference(answer.milliseconds.toFixed(0))}</p>
            </div>
          ),
        )}
      </div>
    </>
  );
}

/** The mean over windows a second apart, as one answer for the video. */
async function meanScores(model: TabModel, file: File, signal: AbortSignal): Promise<Answer> {
  const calls = await model.ready();
  let [count, milliseconds] = [0, 0];
  let sums = new Float32Array();
  const { labels } = await calls.call(
    'windows',
    { file, every: 1 },
    {
      signal,
      onEvent: (event) => {
        if ('windows' in event) return;
        if (count === 0) sums = new Float32Array(event.scores.length);
        event.scores.forEach((score, i) => (sums[i]! += score));
        count += 1;
        milliseconds += event.milliseconds;
      },
    },
  );
  return {
    best: bestOf(
      sums.map((sum) => sum / count),
      labels,
      5,
    ),
    milliseconds: milliseconds / count,
  };
}
