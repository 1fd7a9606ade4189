/**
 * @file Reads Python's pickle format, protocols 0 to 5, as data. A pickle is a program for a small stack
 * machine that can name and call any Python function; this machine names only what the allow-list of
 * `pickle-globals.ts` holds and calls only constructors written there, so nothing of the file is executed.
 * Work and memory are bounded by `PICKLE_LIMITS`; there is no recursion.
 */
import type { PickleInput } from './pickle-input.js';
import type { PersistentLoad } from './pickle-machine.js';
import { PickleMachine } from './pickle-machine.js';
import type { PickleValue } from './pickle-values.js';

/**
 * Reads one pickle from the input's position, which is left behind its end. Rejects with
 * a WeightError for anything that is not tensors and plain data, and beyond the limits.
 */
export async function readPickle(
  input: PickleInput,
  persistentLoad?: PersistentLoad,
): Promise<PickleValue> {
  const machine = new PickleMachine(input, persistentLoad);
  for (;;) {
    // 16 bytes hold any instruction with its fixed-size arguments.
    if (input.ahead < 16) await input.fill(16);
    const opcode = input.uint8();
    if (opcode === 0x2e) return machine.result();
    const run = INSTRUCTIONS.get(opcode);
    if (!run) throw machine.error('a pickle instruction', `byte 0x${opcode.toString(16)}`);
    const pending = run(machine);
    if (pending) await pending;
  }
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
  [0x53, async (m) => m.pushText(unquoted(m, await m.line()))], // STRING
  [0x56, async (m) => m.pushText(unescapedUnicode(await m.line()))], // UNICODE
  [0x8c, (m) => m.text(m.input.uint8(), 'utf8')], // SHORT_BINUNICODE
  [0x58, (m) => m.text(m.input.uint32(), 'utf8')], // BINUNICODE
  [0x8d, (m) => m.text(m.input.uint64(), 'utf8')], // BINUNICODE8
  [0x43, (m) => m.bytes(m.input.uint8())], // SHORT_BINBYTES
  [0x42, (m) => m.bytes(m.input.uint32())], // BINBYTES
  [0x8e, (m) => m.bytes(m.input.uint64())], // BINBYTES8
  [0x96, (m) => m.bytes(m.input.uint64())], // BYTEARRAY8
  [0x5d, (m) => m.pushList([])], // EMPTY_LIST
  [0x6c, (m) => m.pushList(m.popMark())], // LIST
  [0x61, (m) => void m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popMark())], // APPENDS
  [0x29, (m) => m.pushList([])], // EMPTY_TUPLE
  [0x74, (m) => m.pushList(m.popMark())], // TUPLE
  [0x85, (m) => m.tuple(1)], // TUPLE1
  [0x86, (m) => m.tuple(2)], // TUPLE2
  [0x87, (m) => m.tuple(3)], // TUPLE3
  [0x7d, (m) => m.dictOf([])], // EMPTY_DICT
  [0x64, (m) => m.dictOf(m.popMark())], // DICT
  [0x73, setItem], // SETITEM
  [0x75, (m) => m.setItems(m.popMark())], // SETITEMS
  [0x8f, (m) => m.pushList([])], // EMPTY_SET
  [0x90, (m) => m.append(m.popMark())], // ADDITEMS
  [0x91, (m) => m.pushList(m.popMark())], // FROZENSET
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
