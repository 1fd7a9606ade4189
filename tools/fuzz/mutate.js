/** @file Changes to bytes and to text, chosen by a seeded generator. */

const NUMBERS = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
];

const CHANGES = [
  function flip(bytes, random) {
    if (bytes.length === 0) return bytes;
    bytes[random.below(bytes.length)] ^= 1 << random.below(8);
    return bytes;
  },
  function number(bytes, random) {
    if (bytes.length < 4) return bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.setUint32(random.below(bytes.length - 3), random.of(NUMBERS), random.below(2) === 0);
    return bytes;
  },
  function cut(bytes, random) {
    return bytes.slice(0, random.below(bytes.length + 1));
  },
  function remove(bytes, random) {
    const at = random.below(bytes.length + 1);
    return joined(bytes.subarray(0, at), bytes.subarray(at + random.below(64)));
  },
  function repeat(bytes, random) {
    const at = random.below(bytes.length + 1);
    const part = bytes.subarray(at, at + 1 + random.below(64));
    const times = 1 + random.below(2000);
    return joined(bytes.subarray(0, at), ...Array(times).fill(part), bytes.subarray(at));
  },
  function overwrite(bytes, random) {
    for (let i = 0, at = random.below(bytes.length); i < 16; i++) {
      if (at + i < bytes.length) bytes[at + i] = random.below(256);
    }
    return bytes;
  },
  function splice(bytes, random, other) {
    const from = random.below(other.length);
    const at = random.below(bytes.length + 1);
    const part = other.subarray(from, from + random.below(256));
    return joined(bytes.subarray(0, at), part, bytes.subarray(at));
  },
];

const joined = (...parts) => new Uint8Array(Buffer.concat(parts));

/** The bytes, changed one to four times; most changes are small and near the start, where headers are. */
export function changedBytes(bytes, random, other = bytes) {
  const isHead = random.below(2) === 0 && bytes.length > 4096;
  let head = new Uint8Array(isHead ? bytes.subarray(0, 4096) : bytes);
  for (let times = 1 + random.below(4); times > 0; times--) {
    head = random.of(CHANGES)(new Uint8Array(head), random, other);
  }
  return isHead ? joined(head, bytes.subarray(4096)) : head;
}

const WORDS = [
  '',
  '0',
  '-1',
  '1e999',
  '1e20',
  '99999999999',
  'NaN',
  'null',
  'true',
  '[]',
  '{}',
  '""',
  '"',
  '{',
  '[',
  ',',
  ':',
  '\n',
  '\t',
  '\0',
  '\u202e',
  '\u001b[2J',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '&a [*a]',
  '!!js/function x',
  '- - - -',
  '\ufeff',
];

/** The text, changed one to four times by words and lines. */
export function changedText(text, random) {
  let out = text;
  for (let times = 1 + random.below(4); times > 0; times--) {
    const words = out.split(/(\W)/);
    const at = random.below(words.length);
    const what = random.below(5);
    if (what === 0) words[at] = random.of(WORDS);
    else if (what === 1) words.splice(at, 1 + random.below(8));
    else if (what === 2) words.splice(at, 0, random.of(WORDS).repeat(1 + random.below(200)));
    else if (what === 3) words[at] = (words[at] ?? '').repeat(1 + random.below(2000));
    else
      words.splice(at, 0, ...words.slice(random.below(words.length), random.below(words.length)));
    out = words.join('').slice(0, 1 << 20);
  }
  return out;
}
