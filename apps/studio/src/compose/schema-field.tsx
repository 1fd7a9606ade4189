/** @file A field of a form, made of its schema. */
import type { GenericSchema } from 'valibot';

interface Pipe {
  readonly type: string;
  readonly requirement?: unknown;
}

/** The schema behind a pipe, and the bounds that the pipe sets. */
function partsOf(schema: GenericSchema): {
  type: string;
  options: readonly unknown[];
  min?: number;
  max?: number;
  isWhole: boolean;
} {
  const pipe = ((schema as { pipe?: readonly Pipe[] }).pipe ?? [schema]) as readonly Pipe[];
  const bound = (type: string): number | undefined =>
    pipe.find((part) => part.type === type)?.requirement as number | undefined;
  const min = bound('min_value');
  const max = bound('max_value');
  return {
    type: pipe[0]!.type,
    options: (pipe[0] as { options?: readonly unknown[] }).options ?? [],
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    isWhole: pipe.some(({ type }) => type === 'integer'),
  };
}

/** One value of an object, by what its schema says: a choice, a number, a text, or a mark. */
export function SchemaField<T>({
  schema,
  label,
  value,
  onChange,
  choices,
}: {
  readonly schema: GenericSchema;
  readonly label: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
  /** In place of free text. */
  readonly choices?: readonly string[];
}) {
  const { type, options, min, max, isWhole } = partsOf(schema);
  if (type === 'boolean') {
    return (
      <label class="mark">
        <input
          type="checkbox"
          checked={value as boolean}
          onChange={({ currentTarget }) => onChange(currentTarget.checked as T)}
        />
        {label}
      </label>
    );
  }
  const listed = choices ?? (type === 'picklist' ? options : undefined);
  if (listed) {
    const all = listed.includes(value) ? listed : [value, ...listed];
    return (
      <label>
        {label}
        <select
          value={String(value)}
          onChange={({ currentTarget }) => onChange(all[currentTarget.selectedIndex] as T)}
        >
          {all.map((option) => (
            <option key={String(option)} value={String(option)}>
              {String(option)}
            </option>
          ))}
        </select>
      </label>
    );
  }
  if (type === 'number') {
    return (
      <label>
        {label}
        <input
          type="number"
          inputMode="decimal"
          value={value as number}
          step={isWhole ? 1 : 'any'}
          min={min}
          max={max}
          onInput={({ currentTarget }) => {
            const number = currentTarget.valueAsNumber;
            const isIn = number >= (min ?? -Infinity) && number <= (max ?? Infinity);
            if (isIn && (!isWhole || Number.isInteger(number))) onChange(number as T);
          }}
        />
      </label>
    );
  }
  return (
    <label>
      {label}
      <input
        type="text"
        value={value as string}
        onInput={({ currentTarget }) => {
          if (currentTarget.value) onChange(currentTarget.value as T);
        }}
      />
    </label>
  );
}
