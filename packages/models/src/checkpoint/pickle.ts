/**
 * @file Reads Python's pickle format, protocols 0 to 5, as data. A pickle is a program for a small stack
 * machine that can name and call any Python function; this machine names only what the allow-list of
 * `pickle-globals.ts` holds and calls only constructors written there, so nothing of the file is executed.
 * Work and memory are bounded by {@link PICKLE_LIMITS}; there is no recursion.
 */
import { WeightError } from '@slowfast/core';

import { resolveGlobal } from './pickle-globals.js';
import type { PickleInput } from './pickle-input.js';
import { latin1 } from './pickle-input.js';
import type { PickleBytes, PickleText, PickleValue } from './pickle-values.js';
import { isDict, isKind, isList } from './pickle-values.js';

/** Bounds of what one pickle may ask for. */
export const PICKLE_LIMITS = {
  /** Instructions. */
  opcodes: 20_000_000,
  /** Remembered values. */
  memo: 4_000_000,
  /** Values on the stack. */
  stack: 4_000_000,
  /** Containers open at a time. */
  depth: 1000,
  /** Bytes of a line of the text protocols. */
  line: 1 << 20,
  /** Bytes of an integer. */
  integer: 1024,
  /** Bytes of a text that is kept as a string; longer ones are kept as positions. */
  text: 1 << 16,
  /** Bytes of a byte string that is kept; longer ones are kept as positions. */
  bytes: 256,
} as const;

/** Resolves what a pickle stores outside itself (torch storages). */
export type PersistentLoad = (id: PickleValue) => PickleValue;

/**
 * Reads one pickle from the input's position, which is left behind its end. Rejects with
 * {@link WeightError} for anything that is not tensors and plain data, and beyond the limits.
 */
export async function readPickle(
  input: PickleInput,
  persistentLoad?: PersistentLoad,
): Promise<PickleValue> {
  const machine = new PickleMachine(input, persistentLoad);
  for (;;) {
    machine.spend(1);
    // 16 bytes hold any instruction with its fixed-size arguments.
    await input.fill(16);
    const opcode = input.uint8();
    if (opcode === 0x2e) return machine.result();
    const run = INSTRUCTIONS.get(opcode);
    if (!run) throw machine.error('a pickle instruction', `byte 0x${opcode.toString(16)}`);
    const pending = run(machine);
    if (pending) await pending;
  }
}

class PickleMachine {
  readonly input: PickleInput;
  readonly #persistentLoad: PersistentLoad | undefined;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #work = 0;

  constructor(input: PickleInput, persistentLoad: PersistentLoad | undefined) {
    this.input = input;
    this.#persistentLoad = persistentLoad;
  }

  error(expected: string, received: string): WeightError {
    return new WeightError({
      site: this.input.source.name,
      expected,
      received: `${received} (byte ${this.input.position} of the pickle)`,
      remedy: 'The file is damaged, hostile or no checkpoint',
    });
  }

  /** Counts work, so that a short pickle cannot ask for much of it by repeating itself. */
  spend(work: number): void {
    this.#work += work;
    if (this.#work > PICKLE_LIMITS.opcodes) {
      throw this.error(`at most ${PICKLE_LIMITS.opcodes} instructions`, 'more');
    }
  }

  result(): PickleValue {
    if (this.#stack.length !== 1 || this.#marks.length > 0) {
      throw this.error('one value at the end', `${this.#stack.length} on the stack`);
    }
    return this.pop();
  }

  push(value: PickleValue): void {
    if (this.#stack.length >= PICKLE_LIMITS.stack) {
      throw this.error(`at most ${PICKLE_LIMITS.stack} values on the stack`, 'more');
    }
    this.#stack.push(value);
  }

  pop(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      throw this.error('a value on the stack', 'an empty stack');
    }
    return this.#stack.pop()!;
  }

  top(): PickleValue {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  mark(): void {
    if (this.#marks.length >= PICKLE_LIMITS.depth) {
      throw this.error(`at most ${PICKLE_LIMITS.depth} nested containers`, 'more');
    }
    this.#marks.push(this.#stack.length);
  }

  popMark(): PickleValue[] {
    const start = this.#marks.pop();
    if (start === undefined) throw this.error('a mark on the stack', 'none');
    return this.#stack.splice(start);
  }

  /** POP also takes away a mark when nothing lies above it. */
  discard(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  remember(index: number): void {
    if (!this.#memo.has(index) && this.#memo.size >= PICKLE_LIMITS.memo) {
      throw this.error(`at most ${PICKLE_LIMITS.memo} remembered values`, 'more');
    }
    this.#memo.set(index, this.top());
  }

  rememberNext(): void {
    this.remember(this.#memo.size);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.error('a remembered value', `number ${index}, never set`);
    this.push(value);
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (isList(list)) for (const item of items) (list as PickleValue[]).push(item);
    else this.#needRecord(list, 'a list');
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (items.length % 2 !== 0) throw this.error('keys with values', 'a key without a value');
    if (!isDict(dict)) return this.#needRecord(dict, 'a dictionary');
    for (let i = 0; i < items.length; i += 2) {
      (dict as Map<PickleValue, PickleValue>).set(items[i]!, items[i + 1]!);
    }
  }

  /** Items of a subclass of list or dict are dropped with the rest of the object. */
  #needRecord(value: PickleValue, wanted: string): void {
    if (!isKind(value, 'opaque')) throw this.error(`${wanted} to add items to`, describe(value));
  }

  global(module: string, name: string): PickleValue {
    return resolveGlobal(this.input.source.name, module, name);
  }

  stackGlobal(): void {
    const name = this.pop();
    const module = this.pop();
    if (typeof name !== 'string' || typeof module !== 'string') {
      throw this.error('the name of a class', `${describe(module)} and ${describe(name)}`);
    }
    this.push(this.global(module, name));
  }

  call(callable: PickleValue, args: PickleValue): void {
    if (!isList(args)) throw this.error('a tuple of arguments', describe(args));
    if (isKind(callable, 'class')) this.push({ kind: 'opaque', path: callable.path });
    else if (isKind(callable, 'callable')) this.push(this.#construct(callable, args));
    else throw this.error('a class to make an object of', describe(callable));
  }

  #construct(
    callable: { readonly path: string; call(args: readonly PickleValue[]): PickleValue },
    args: readonly PickleValue[],
  ): PickleValue {
    for (const arg of args) if (isList(arg)) this.spend(arg.length);
    try {
      return callable.call(args);
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw this.error(`arguments that ${callable.path} takes`, cause.message);
    }
  }

  /** Sets the state of the value below the top of the stack. */
  build(): void {
    const state = this.pop();
    const value = this.top();
    if (isKind(value, 'numpy-array')) {
      const [, shape, dtype, fortran, data] = isList(state) ? state : [];
      if (!isKind(dtype, 'numpy-dtype') || shape === undefined) {
        throw this.error('the state of a numpy array', describe(state));
      }
      value.shape = shape;
      value.dtype = dtype;
      value.fortran = fortran === true || fortran === 1;
      if (typeof data === 'string' || isKind(data, 'bytes') || isKind(data, 'text')) value.data = data;
    } else if (isKind(value, 'numpy-dtype')) {
      const order = isList(state) ? state[1] : undefined;
      if (order === '>') value.littleEndian = false;
    } else if (!isDict(value) && !isKind(value, 'opaque') && !isKind(value, 'torch-tensor')) {
      throw this.error('an object that can have a state', describe(value));
    }
    // Attributes of dictionaries (`_metadata` of a state_dict), tensors and unknown objects are not needed.
  }

  persistent(): void {
    if (!this.#persistentLoad) {
      throw this.error('data within the pickle', 'a reference to data outside of it');
    }
    this.push(this.#persistentLoad(this.pop()));
  }

  integer(bytes: Uint8Array): void {
    let value = 0n;
    for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    this.pushInteger(BigInt.asIntN(8 * bytes.length, value));
  }

  pushInteger(value: bigint): void {
    const small = Number(value);
    this.push(Number.isSafeInteger(small) ? small : value);
  }

  length(count: bigint | number): number {
    if (count < 0 || BigInt(count) > BigInt(this.input.source.size)) {
      throw this.input.truncated(Number(count));
    }
    return Number(count);
  }

  async integerOf(length: number): Promise<void> {
    if (length < 0 || length > PICKLE_LIMITS.integer) {
      throw this.error(`integers of at most ${PICKLE_LIMITS.integer} bytes`, `${length} bytes`);
    }
    this.integer(await this.input.take(length));
  }

  async text(count: bigint | number, encoding: PickleText['encoding']): Promise<void> {
    const length = this.length(count);
    const keep = encoding === 'utf8' ? PICKLE_LIMITS.text : PICKLE_LIMITS.bytes;
    if (length > keep) {
      this.push({ kind: 'text', offset: this.input.skip(length), length, encoding });
      return;
    }
    const bytes = await this.input.take(length);
    this.push(encoding === 'utf8' ? this.#utf8(bytes) : latin1(bytes));
  }

  #utf8(bytes: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      // Python writes lone surrogates as it likes; they cannot be part of a tensor's name.
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    }
  }

  async bytes(count: bigint | number): Promise<void> {
    const length = this.length(count);
    const offset = this.input.position;
    const place: PickleBytes = { kind: 'bytes', offset, length, encoding: 'raw' };
    if (length > PICKLE_LIMITS.bytes) {
      this.input.skip(length);
      this.push(place);
    } else {
      this.push({ ...place, inline: latin1(await this.input.take(length)) });
    }
  }

  async line(): Promise<string> {
    return this.input.line(PICKLE_LIMITS.line);
  }

  async decimal(): Promise<void> {
    const text = await this.line();
    if (text === '00' || text === '01') return this.push(text === '01');
    if (!/^-?\d{1,2000}L?$/.test(text)) throw this.error('a whole number', `'${text.slice(0, 40)}'`);
    this.pushInteger(BigInt(text.replace('L', '')));
  }

  async decimalFloat(): Promise<void> {
    const text = await this.line();
    const value = /^-?inf$/.test(text) ? (text[0] === '-' ? -Infinity : Infinity) : Number(text);
    if (Number.isNaN(value) && text !== 'nan') throw this.error('a number', `'${text.slice(0, 40)}'`);
    this.push(value);
  }

  async index(): Promise<number> {
    return Number(await this.line());
  }

  async globalLines(): Promise<PickleValue> {
    const module = await this.line();
    return this.global(module, await this.line());
  }

  dictOf(items: readonly PickleValue[]): void {
    this.push(new Map());
    this.setItems(items);
  }

  tuple(count: number): void {
    const items: PickleValue[] = [];
    for (let i = 0; i < count; i++) items.unshift(this.pop());
    this.push(items);
  }
}

/** What a value is, for error messages. */
function describe(value: PickleValue): string {
  if (isList(value)) return 'a list';
  if (isDict(value)) return 'a dictionary';
  if (typeof value === 'object' && value !== null) {
    return 'path' in value ? `${value.kind} ${value.path}` : value.kind;
  }
  return value === null ? 'None' : typeof value;
}

/** Text of protocol 0: Python's notation of a string, with its escapes. */
function unquoted(machine: PickleMachine, text: string): string {
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote) {
    throw machine.error('a quoted string', `'${text.slice(0, 40)}'`);
  }
  const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
  return text
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-f]{2})|(.))/gs, (_, hex: string | undefined, char: string) =>
      hex === undefined ? (escapes[char] ?? char) : String.fromCharCode(parseInt(hex, 16)),
    );
}

const unescapedUnicode = (text: string): string =>
  text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, short: string, long: string) => {
    const code = parseInt(short ?? long, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });

type Instruction = (m: PickleMachine) => void | Promise<void>;

const refuse =
  (what: string): Instruction =>
  (m) => {
    throw m.error('a self-contained pickle', what);
  };

/** Every instruction but STOP, by its code; names as in Python's pickletools. */
const INSTRUCTIONS: ReadonlyMap<number, Instruction> = new Map<number, Instruction>([
  [0x80, (m) => void protocol(m, m.input.uint8())], // PROTO
  [0x95, (m) => void m.length(m.input.uint64())], // FRAME
  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => m.discard()], // POP
  [0x31, (m) => void m.popMark()], // POP_MARK
  [0x32, (m) => m.push(m.top())], // DUP
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4b, (m) => m.push(m.input.uint8())], // BININT1
  [0x4d, (m) => m.push(m.input.uint16())], // BININT2
  [0x4a, (m) => m.push(m.input.int32())], // BININT
  [0x49, (m) => m.decimal()], // INT
  [0x4c, (m) => m.decimal()], // LONG
  [0x8a, (m) => m.integerOf(m.input.uint8())], // LONG1
  [0x8b, (m) => m.integerOf(m.input.int32())], // LONG4
  [0x47, (m) => m.push(m.input.float64())], // BINFLOAT
  [0x46, (m) => m.decimalFloat()], // FLOAT
  [0x55, (m) => m.text(m.input.uint8(), 'latin1')], // SHORT_BINSTRING
  [0x54, (m) => m.text(m.input.int32(), 'latin1')], // BINSTRING
  [0x53, async (m) => m.push(unquoted(m, await m.line()))], // STRING
  [0x56, async (m) => m.push(unescapedUnicode(await m.line()))], // UNICODE
  [0x8c, (m) => m.text(m.input.uint8(), 'utf8')], // SHORT_BINUNICODE
  [0x58, (m) => m.text(m.input.uint32(), 'utf8')], // BINUNICODE
  [0x8d, (m) => m.text(m.input.uint64(), 'utf8')], // BINUNICODE8
  [0x43, (m) => m.bytes(m.input.uint8())], // SHORT_BINBYTES
  [0x42, (m) => m.bytes(m.input.uint32())], // BINBYTES
  [0x8e, (m) => m.bytes(m.input.uint64())], // BINBYTES8
  [0x96, (m) => m.bytes(m.input.uint64())], // BYTEARRAY8
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x6c, (m) => m.push(m.popMark())], // LIST
  [0x61, (m) => void m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popMark())], // APPENDS
  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x74, (m) => m.push(m.popMark())], // TUPLE
  [0x85, (m) => m.tuple(1)], // TUPLE1
  [0x86, (m) => m.tuple(2)], // TUPLE2
  [0x87, (m) => m.tuple(3)], // TUPLE3
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x64, (m) => m.dictOf(m.popMark())], // DICT
  [0x73, setItem], // SETITEM
  [0x75, (m) => m.setItems(m.popMark())], // SETITEMS
  [0x8f, (m) => m.push([])], // EMPTY_SET
  [0x90, (m) => m.append(m.popMark())], // ADDITEMS
  [0x91, (m) => m.push(m.popMark())], // FROZENSET
  [0x71, (m) => m.remember(m.input.uint8())], // BINPUT
  [0x72, (m) => m.remember(m.input.uint32())], // LONG_BINPUT
  [0x70, async (m) => m.remember(await m.index())], // PUT
  [0x94, (m) => m.rememberNext()], // MEMOIZE
  [0x68, (m) => m.recall(m.input.uint8())], // BINGET
  [0x6a, (m) => m.recall(m.input.uint32())], // LONG_BINGET
  [0x67, async (m) => m.recall(await m.index())], // GET
  [0x63, async (m) => m.push(await m.globalLines())], // GLOBAL
  [0x93, (m) => m.stackGlobal()], // STACK_GLOBAL
  [0x52, reduce], // REDUCE
  [0x81, reduce], // NEWOBJ
  [0x92, newObjectWithKeywords], // NEWOBJ_EX
  [0x69, async (m) => m.call(await m.globalLines(), m.popMark())], // INST
  [0x6f, object], // OBJ
  [0x62, (m) => m.build()], // BUILD
  [0x51, (m) => m.persistent()], // BINPERSID
  [0x50, refuse('a reference to data outside of it')], // PERSID
  [0x82, refuse('a registered extension')], // EXT1
  [0x83, refuse('a registered extension')], // EXT2
  [0x84, refuse('a registered extension')], // EXT4
  [0x97, refuse('a buffer outside of it')], // NEXT_BUFFER
  [0x98, refuse('a buffer outside of it')], // READONLY_BUFFER
]);

function protocol(m: PickleMachine, version: number): void {
  if (version > 5) throw m.error('pickle protocol 0 to 5', `protocol ${version}`);
}

function setItem(m: PickleMachine): void {
  const value = m.pop();
  const key = m.pop();
  m.setItems([key, value]);
}

function reduce(m: PickleMachine): void {
  const args = m.pop();
  m.call(m.pop(), args);
}

function newObjectWithKeywords(m: PickleMachine): void {
  m.pop();
  reduce(m);
}

function object(m: PickleMachine): void {
  const [callable, ...args] = m.popMark();
  if (callable === undefined) throw m.error('a class to make an object of', 'nothing');
  m.call(callable, args);
}
