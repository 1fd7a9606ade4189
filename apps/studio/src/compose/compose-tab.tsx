/** @file The Compose tab: a form, and beside it the drawing, cost and program of what it makes. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { download } from '../download.js';
import { useSettings, useTexts } from '../settings.js';
import type { Composition } from '../worker/network.worker.js';
import { networkWorker } from '../worker/workers.js';
import type { Misfit } from './network.js';
import { Program } from './program.js';
import { SpecificationForm } from './specification-form.js';
import {
  FIRST,
  PRESETS,
  readSpecification,
  specificationText,
  type Specification,
} from './specification.js';

const HASH = '#compose/';

/** The tab. */
export function ComposeTab() {
  const texts = useTexts().compose;
  const { theme } = useSettings();
  const [first] = useState(ofAddress);
  const [specification, setSpecification] = useState(first.specification);
  const [misfit, setMisfit] = useState<Misfit>();
  const [composition, setComposition] = useState<Composition>();
  const [note, setNote] = useState(first.reason && `${texts.badLink}: ${first.reason}`);
  const latest = useRef(specification);
  latest.current = specification;

  useEffect(() => {
    if (location.hash === '' || location.hash.startsWith('#compose')) {
      history.replaceState(undefined, '', HASH + specificationText(specification));
    }
    networkWorker()
      .call('compose', { specification, theme })
      .then((result) => {
        if (latest.current !== specification) return;
        setMisfit('svg' in result ? undefined : result);
        if ('svg' in result) setComposition(result);
      })
      .catch((error: Error) => setNote(error.message));
  }, [specification, theme]);

  async function exportOnnx(): Promise<void> {
    const onEvent = (bytes: number): void => setNote(`${(bytes / 2 ** 20).toFixed(0)} MiB …`);
    const file = await networkWorker().call('onnx', { specification }, { onEvent });
    download(`${specification.network.name}.onnx`, file);
    setNote(texts.exported);
  }

  return (
    <>
      <p>{texts.about}</p>
      <div class="two">
        <div>
          <label>
            {texts.preset}
            <select
              value={presetOf(specification)}
              onChange={({ currentTarget }) => {
                const preset = PRESETS[currentTarget.value];
                if (preset) setSpecification(preset);
              }}
            >
              <option value="">…</option>
              {Object.keys(PRESETS).map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          <SpecificationForm {...{ specification, misfit }} onChange={setSpecification} />
        </div>
        <div class={misfit ? 'old' : undefined}>
          {composition ? (
            <>
              <Sums composition={composition} />
              <div
                class="drawing"
                role="region"
                aria-label={texts.drawing}
                tabIndex={0}
                dangerouslySetInnerHTML={{ __html: composition.svg }}
              />
              <p class="row">
                <button
                  type="button"
                  onClick={() =>
                    download(`${specification.network.name}.svg`, composition.svg, 'image/svg+xml')
                  }
                >
                  {texts.downloadSvg}
                </button>
                <button
                  type="button"
                  disabled={misfit !== undefined}
                  onClick={() => void exportOnnx()}
                >
                  {texts.exportOnnx}
                </button>
              </p>
            </>
          ) : null}
          <p role="status" class="note">
            {note}
          </p>
          <Program specification={specification} />
        </div>
      </div>
    </>
  );
}

function Sums({ composition: { description } }: { readonly composition: Composition }) {
  const texts = useTexts().compose;
  const { multiplyAdds, parameters, peakActivationBytes } = description;
  return (
    <dl class="sums" aria-live="polite">
      {(
        [
          [`${(multiplyAdds / 1e9).toFixed(2)} G`, texts.cost],
          [`${(parameters / 1e6).toFixed(2)} M`, texts.parameters],
          [`${Math.ceil(peakActivationBytes / 2 ** 20)} MiB`, texts.activations],
        ] as const
      ).map(([amount, what]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{amount}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The preset that the specification is; none once it was changed. */
function presetOf(specification: Specification): string {
  const text = specificationText(specification);
  const own = Object.entries(PRESETS).find(([, preset]) => specificationText(preset) === text);
  return own?.[0] ?? '';
}

/** The specification that the address holds; the first one, and why, where it holds none. */
function ofAddress(): { readonly specification: Specification; readonly reason?: string } {
  if (!location.hash.startsWith(HASH)) return { specification: FIRST };
  const result = readSpecification(location.hash.slice(HASH.length));
  return 'reason' in result
    ? { specification: FIRST, reason: result.reason }
    : { specification: result };
}
