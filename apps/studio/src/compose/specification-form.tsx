/** @file The form of a specification, with each error in its place. */
import type { ComponentChildren } from 'preact';
import type { GenericSchema } from 'valibot';
import { useTexts } from '../settings.js';
import { unusedFields } from './backbone.js';
import type { Misfit, Place } from './network.js';
import { SchemaField } from './schema-field.js';
import {
  lateralSchema,
  networkSchema,
  pathwaySchema,
  STAGES,
  type LateralSpecification,
  type PathwaySpecification,
  type Specification,
} from './specification.js';

interface FormProps {
  readonly specification: Specification;
  readonly misfit: Misfit | undefined;
  readonly onChange: (specification: Specification) => void;
}

/** The whole form. */
export function SpecificationForm({ specification, misfit, onChange }: FormProps) {
  const texts = useTexts().compose;
  const { network, pathways, laterals } = specification;
  const set = (change: Partial<Specification>): void => onChange({ ...specification, ...change });
  const names = pathways.map(({ name }) => name);
  return (
    <form class="specification" onSubmit={(event) => event.preventDefault()}>
      <Part title={texts.network} place="network" misfit={misfit}>
        <Fields
          entries={networkSchema.entries}
          value={network}
          onChange={(changed) => set({ network: changed })}
        />
      </Part>
      {pathways.map((own, i) => (
        <Part
          key={`pathway-${i}`}
          title={`${texts.pathway} ${i + 1}`}
          place={`pathways.${i}`}
          misfit={misfit}
          onRemove={
            pathways.length > 1 ? () => set({ pathways: pathways.toSpliced(i, 1) }) : undefined
          }
        >
          <Fields
            entries={pathwaySchema.entries}
            value={own}
            unused={unusedFields(own)}
            onChange={(changed) => set(renamed(specification, i, changed))}
          />
        </Part>
      ))}
      <button
        type="button"
        disabled={pathways.length >= 6}
        onClick={() => set({ pathways: [...pathways, nextPathway(pathways)] })}
      >
        {texts.addPathway}
      </button>
      {laterals.map((own, i) => (
        <Part
          key={`lateral-${i}`}
          title={`${texts.lateral} ${i + 1}`}
          place={`laterals.${i}`}
          misfit={misfit}
          onRemove={() => set({ laterals: laterals.toSpliced(i, 1) })}
        >
          <LateralFields
            lateral={own}
            names={names}
            onChange={(changed) => set({ laterals: laterals.with(i, changed) })}
          />
        </Part>
      ))}
      <button
        type="button"
        disabled={pathways.length < 2 || laterals.length >= 12}
        onClick={() => set({ laterals: [...laterals, nextLateral(names)] })}
      >
        {texts.addLateral}
      </button>
    </form>
  );
}

function Part({
  title,
  place,
  misfit,
  onRemove,
  children,
}: {
  readonly title: string;
  readonly place: Place;
  readonly misfit: Misfit | undefined;
  readonly onRemove?: (() => void) | undefined;
  readonly children: ComponentChildren;
}) {
  const { remove } = useTexts().compose;
  const isHere = misfit?.place === place;
  return (
    <fieldset class={isHere ? 'wrong' : undefined} data-place={place}>
      <legend>{title}</legend>
      <div class="fields">{children}</div>
      {isHere ? (
        <p class="error" role="alert">
          {misfit.message}
        </p>
      ) : null}
      {onRemove ? (
        <button type="button" class="quiet" onClick={onRemove} aria-label={`${remove}: ${title}`}>
          {remove}
        </button>
      ) : null}
    </fieldset>
  );
}

/** A field for each entry of an object's schema. */
function Fields<T extends object>({
  entries,
  value,
  unused = [],
  onChange,
}: {
  readonly entries: Readonly<Record<keyof T & string, GenericSchema>>;
  readonly value: T;
  readonly unused?: readonly (keyof T)[];
  readonly onChange: (value: T) => void;
}) {
  const { fields } = useTexts().compose;
  const keys = Object.keys(entries) as (keyof T & keyof typeof fields & string)[];
  return (
    <>
      {keys
        .filter((key) => !unused.includes(key))
        .map((key) => (
          <SchemaField
            key={key}
            schema={entries[key]}
            label={fields[key]}
            value={value[key]}
            onChange={(changed) => onChange({ ...value, [key]: changed })}
          />
        ))}
    </>
  );
}

function LateralFields({
  lateral,
  names,
  onChange,
}: {
  readonly lateral: LateralSpecification;
  readonly names: readonly string[];
  readonly onChange: (lateral: LateralSpecification) => void;
}) {
  const { fields } = useTexts().compose;
  const { entries } = lateralSchema;
  const set = (change: Partial<LateralSpecification>): void => onChange({ ...lateral, ...change });
  return (
    <>
      {(['from', 'to'] as const).map((end) => (
        <SchemaField
          key={end}
          schema={entries[end]}
          choices={names}
          label={fields[end]}
          value={lateral[end]}
          onChange={(name) => set({ [end]: name })}
        />
      ))}
      <SchemaField
        schema={entries.kind}
        label={fields.kind}
        value={lateral.kind}
        onChange={(kind) => set({ kind })}
      />
      {lateral.kind === 'time-strided-conv' ? (
        <SchemaField
          schema={entries.kernel}
          label={fields.kernel}
          value={lateral.kernel}
          onChange={(kernel) => set({ kernel })}
        />
      ) : null}
      <SchemaField
        schema={entries.merge}
        label={fields.merge}
        value={lateral.merge}
        onChange={(merge) => set({ merge })}
      />
      <div role="group" aria-label={fields.after} class="stages">
        <span>{fields.after}</span>
        {STAGES.map((stage) => (
          <label key={stage} class="mark">
            <input
              type="checkbox"
              checked={lateral.after.includes(stage)}
              onChange={({ currentTarget: { checked } }) =>
                set({
                  after: STAGES.filter((s) => (s === stage ? checked : lateral.after.includes(s))),
                })
              }
            />
            {stage}
          </label>
        ))}
      </div>
    </>
  );
}

/** A pathway's new name is that of the ends of its lateral connections, too. */
function renamed(
  { pathways, laterals }: Specification,
  index: number,
  changed: PathwaySpecification,
): Partial<Specification> {
  const before = pathways[index]!.name;
  const isOnly = pathways.filter(({ name }) => name === before).length === 1;
  const name = (end: string): string => (isOnly && end === before ? changed.name : end);
  return {
    pathways: pathways.with(index, changed),
    laterals: laterals.map((own) => ({ ...own, from: name(own.from), to: name(own.to) })),
  };
}

function nextPathway(pathways: readonly PathwaySpecification[]): PathwaySpecification {
  const names = new Set(pathways.map(({ name }) => name));
  let number = pathways.length + 1;
  while (names.has(`pathway${number}`)) number++;
  return { ...pathways.at(-1)!, name: `pathway${number}` };
}

const nextLateral = (names: readonly string[]): LateralSpecification => ({
  from: names.at(-1)!,
  to: names[0]!,
  after: ['res2'],
  kind: 'time-strided-conv',
  kernel: 5,
  merge: 'concat',
});
