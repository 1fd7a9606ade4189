/** @file What the arguments of a public function are, checked where a call enters from outside. */
import { SpecError } from './errors.js';

type Check = readonly [what: string, fits: (value: unknown) => boolean];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const has = (value: unknown, parts: Readonly<Record<string, (part: unknown) => boolean>>) =>
  isObject(value) && Object.entries(parts).every(([name, fits]) => fits(value[name]));
const isFunction = (value: unknown): boolean => typeof value === 'function';
const isGraph = (value: unknown): boolean =>
  has(value, { inputs: isObject, outputs: isObject, params: isObject, nodes: Array.isArray });

const CHECKS = {
  object: ['an object', isObject],
  string: ['a string', (value) => typeof value === 'string'],
  function: ['a function', isFunction],
  array: ['an array', Array.isArray],
  list: [
    'an array or typed array',
    (value) => Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value),
  ],
  iterable: [
    'iterable',
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      (Symbol.iterator in value || Symbol.asyncIterator in value),
  ],
  bytes: ['bytes (Uint8Array)', (value) => ArrayBuffer.isView(value)],
  graph: ['a graph', isGraph],
  model: ['a model (name and graph)', (value) => has(value, { graph: isGraph })],
  weights: ['a weight store', (value) => has(value, { names: isObject, read: isFunction })],
  source: [
    'a byte source, as fileSource, blobSource and bytesSource give one',
    (value) => has(value, { read: isFunction, size: (size) => typeof size === 'number' }),
  ],
} as const satisfies Readonly<Record<string, Check>>;

/** What an argument can be asked to be; with `?` it may also be left out. */
export type ArgumentKind = keyof typeof CHECKS | `${keyof typeof CHECKS}?`;

/**
 * Throws {@link SpecError} for the first argument that is not of its kind: TypeScript says it first, but callers in
 * JavaScript, and values from files, come without it.
 *
 * @example
 * checkArguments('graphCost', { graph: [graph, 'graph'] });
 */
export function checkArguments(
  site: string,
  args: Readonly<Record<string, readonly [value: unknown, kind: ArgumentKind]>>,
): void {
  for (const [name, [value, kind]] of Object.entries(args)) {
    if (value === undefined && kind.endsWith('?')) continue;
    const [what, fits] = CHECKS[kind.replace('?', '') as keyof typeof CHECKS];
    if (fits(value)) continue;
    throw new SpecError({ site, expected: `${name} to be ${what}`, received: typeText(value) });
  }
}

/** `undefined`, `null`, `an array`, `'text'`, `42`, `an object`. */
function typeText(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? 'a long string' : `'${value}'`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object without its parts';
  return typeof value === 'function' ? 'a function' : String(value);
}
