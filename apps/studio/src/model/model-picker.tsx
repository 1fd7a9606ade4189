/** @file Which model runs: the one that comes along, a file, or one of the machine's (`slowfast studio`). */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useTexts } from '../settings.js';
import type { TabModel } from './use-model.js';

interface MachineModel {
  readonly name: string;
  readonly url: string;
}

let machine: Promise<readonly MachineModel[]> | undefined;

/** What `slowfast studio` lists, whose page says that it does; nothing on any other host. */
const machineModels = (): Promise<readonly MachineModel[]> =>
  (machine ??= document.querySelector('meta[name="slowfast-machine"]')
    ? fetch('./machine/models.json')
        .then((response) => response.json() as Promise<readonly MachineModel[]>)
        // A worker's addresses begin elsewhere.
        .then((all) =>
          all.map(({ name, url }) => ({ name, url: new URL(url, document.baseURI).href })),
        )
        // The page is kept for when its server has ended; the machine's models are not.
        .catch(() => [])
    : Promise.resolve([]));

/** The choice, and what became of it. */
export function ModelPicker({
  model,
  label,
}: {
  readonly model: TabModel;
  readonly label?: string;
}) {
  const texts = useTexts().model;
  const [models, setModels] = useState<readonly MachineModel[]>([]);
  const [file, setFile] = useState<string>();
  const [chosen, choose] = useState('default');
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => void machineModels().then(setModels), []);

  function pick(value: string): void {
    if (value === 'file') return input.current?.click();
    choose(value);
    const entry = models.find(({ url }) => url === value);
    model.load(entry ? { kind: 'machine', ...entry } : { kind: 'default' });
  }
  const { info, error } = model;
  return (
    <div class="model">
      <label for={id}>{label ?? texts.title}</label>
      <select
        id={id}
        value={chosen}
        onChange={({ currentTarget }) => {
          pick(currentTarget.value);
          currentTarget.value = chosen;
        }}
      >
        <option value="default">{texts.default}</option>
        {models.map(({ name, url }) => (
          <option key={url} value={url}>
            {name}
          </option>
        ))}
        {file ? <option value="picked">{file}</option> : null}
        <option value="file">{texts.file}</option>
      </select>
      <input
        type="file"
        ref={input}
        hidden
        data-model-file
        onChange={({ currentTarget }) => {
          const [picked] = currentTarget.files ?? [];
          if (!picked) return;
          setFile(picked.name);
          choose('picked');
          model.load({ kind: 'file', file: picked });
          currentTarget.value = '';
        }}
      />
      <p role="status" class={error ? 'error' : 'note'}>
        {error ??
          (info
            ? texts.ready(info.name, info.device, (info.milliseconds.load / 1000).toFixed(1))
            : texts.loading)}
      </p>
    </div>
  );
}
