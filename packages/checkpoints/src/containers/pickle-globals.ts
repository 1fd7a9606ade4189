/**
 * @file The names that a checkpoint's pickle may use. Constructors that weights need are written out here;
 * classes of the training libraries become {@link OpaqueObject} records (their name, nothing else);
 * everything else, functions above all, is refused.
 */
import type { ElementFormat } from '@slowfast/core';
import { WeightError } from '@slowfast/core';

import type {
  NumpyDType,
  PickleBytes,
  PickleCallable,
  PickleValue,
  TorchTensor,
} from './pickle-values.js';
import { isDict, isKind, isList } from './pickle-values.js';

/** Packages whose classes may appear beside the weights (configurations, logs, optimiser state). */
const RECORD_ROOTS: ReadonlySet<string> = new Set(
  (
    'torch torchvision numpy collections mmengine mmcv mmaction mmdet mmcls argparse yacs fvcore iopath ' +
    'omegaconf slowfast pytorchvideo pytorch_lightning gluoncv easydict addict pathlib datetime enum'
  ).split(' '),
);

/** Plain Python types: as classes harmless, and made into records when called. */
const PLAIN_TYPES: ReadonlySet<string> = new Set(
  'object int float bool str complex list dict tuple slice range type'.split(' '),
);

const LOWER_CASE_CLASSES: ReadonlySet<string> = new Set([
  'datetime.datetime',
  'datetime.date',
  'datetime.timedelta',
  'torch.device',
]);

const STORAGES: Readonly<Record<string, ElementFormat>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
  UntypedStorage: 'U8',
};

const TORCH_DTYPES: Readonly<Record<string, ElementFormat>> = {
  float64: 'F64',
  double: 'F64',
  float32: 'F32',
  float: 'F32',
  float16: 'F16',
  half: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  long: 'I64',
  int32: 'I32',
  int: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

type Construct = (...args: PickleValue[]) => PickleValue;

/** The constructors, by their name in Python. They throw TypeError for arguments that do not fit. */
const CONSTRUCTORS: ReadonlyMap<string, Construct> = new Map<string, Construct>([
  ['collections.OrderedDict', dictOf],
  ['collections.defaultdict', (_factory, items) => dictOf(items)],
  ['builtins.set', listOf],
  ['builtins.frozenset', listOf],
  ['builtins.bytes', plainBytes],
  ['builtins.bytearray', plainBytes],
  ['_codecs.encode', encoded],
  ['numpy.core.multiarray._reconstruct', emptyArray],
  [
    'numpy.core.multiarray.scalar',
    (dtype) => ({ kind: 'opaque', path: `numpy scalar ${dtypeCode(dtype)}` }),
  ],
  ['numpy.core.numeric._frombuffer', arrayFromBuffer],
  ['numpy.dtype', (code) => numpyDType(code)],
  [
    'torch._utils._rebuild_tensor',
    (storage, offset, shape, strides) => tensorOf(storage, offset, shape, strides),
  ],
  [
    'torch._utils._rebuild_tensor_v2',
    (storage, offset, shape, strides) => tensorOf(storage, offset, shape, strides),
  ],
  [
    'torch._utils._rebuild_tensor_v3',
    (storage, offset, shape, strides, _grad, _hooks, dtype) =>
      tensorOf(storage, offset, shape, strides, dtype),
  ],
  ['torch._utils._rebuild_parameter', parameterOf],
  ['torch._utils._rebuild_parameter_with_state', parameterOf],
  ['torch.Size', listOf],
  // Python 2's way to make objects: the class comes first, so the result is a record of it.
  [
    'copyreg._reconstructor',
    (type) => ({ kind: 'opaque', path: isKind(type, 'class') ? type.path : 'object' }),
  ],
  [
    'copyreg.__newobj__',
    (type) => ({ kind: 'opaque', path: isKind(type, 'class') ? type.path : 'object' }),
  ],
]);

const MODULE_ALIASES: ReadonlyMap<string, string> = new Map([
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
  ['numpy._core.multiarray', 'numpy.core.multiarray'],
  ['numpy._core.numeric', 'numpy.core.numeric'],
]);

/**
 * What a global of a pickle stands for. Throws {@link WeightError} for one that is neither a constructor
 * of plain data and tensors nor a class of a training library.
 */
export function resolveGlobal(site: string, module: string, name: string): PickleValue {
  const canonical = MODULE_ALIASES.get(module) ?? module;
  const path = `${canonical}.${name}`;
  const construct = CONSTRUCTORS.get(path);
  if (construct) return callable(path, construct);
  if ((canonical === 'torch' || canonical === 'torch.storage') && Object.hasOwn(STORAGES, name)) {
    return { kind: 'torch-storage-type', format: STORAGES[name]! };
  }
  if (canonical === 'torch' && Object.hasOwn(TORCH_DTYPES, name)) {
    return { kind: 'torch-dtype', format: TORCH_DTYPES[name]! };
  }
  if (isRecordClass(canonical, name)) return { kind: 'class', path };
  throw new WeightError({
    site,
    expected: 'only tensors and plain data',
    received: `a reference to ${printable(module)}.${printable(name)}`,
    remedy:
      'Nothing was executed; do not load this file with other tools unless you trust its origin',
  });
}

function isRecordClass(module: string, name: string): boolean {
  if (module === 'builtins') return PLAIN_TYPES.has(name);
  if (LOWER_CASE_CLASSES.has(`${module}.${name}`)) return true;
  if (module === 'numpy') return /^(?:ndarray|[a-z]+\d+|bool_)$/.test(name);
  return RECORD_ROOTS.has(module.split('.')[0]!) && /^(?:\w+\.)*_*[A-Z]\w*$/.test(name);
}

const printable = (text: string): string => text.slice(0, 80).replace(/[^\x20-\x7e]/g, '?');

const callable = (path: string, construct: Construct): PickleCallable => ({
  kind: 'callable',
  path,
  call: (args) => construct(...args.slice(0, 16)),
});

function dictOf(items?: PickleValue): PickleValue {
  const dict = new Map<PickleValue, PickleValue>();
  if (items === undefined) return dict;
  // Shared, not copied: a copy for each of many calls would be a way to fill the memory.
  if (isDict(items)) return items;
  if (!isList(items)) throw new TypeError('something that is no list of pairs');
  for (const pair of items) {
    if (!isList(pair) || pair.length !== 2) throw new TypeError('an item that is no pair');
    dict.set(pair[0]!, pair[1]!);
  }
  return dict;
}

function listOf(items?: PickleValue): PickleValue {
  if (items === undefined) return [];
  if (!isList(items)) throw new TypeError('something that is no list');
  return items;
}

const bytesOf = (text: string): PickleBytes => ({
  kind: 'bytes',
  inline: text,
  offset: 0,
  length: text.length,
  encoding: 'raw',
});

/** `text.encode('latin1')`, how protocol 2 of Python 3 writes bytes. */
function encoded(text?: PickleValue, encoding?: PickleValue): PickleValue {
  if (encoding !== 'latin1' && encoding !== 'latin-1')
    throw new TypeError('an encoding that is not latin1');
  if (typeof text === 'string') return bytesOf(text);
  if (isKind(text, 'text') && text.encoding === 'utf8')
    return { ...text, kind: 'bytes', encoding: 'utf8' };
  throw new TypeError('something that is no text');
}

function plainBytes(value?: PickleValue, encoding?: PickleValue): PickleValue {
  if (value === undefined) return bytesOf('');
  return isKind(value, 'bytes') ? value : encoded(value, encoding);
}

function emptyArray(): PickleValue {
  return { kind: 'numpy-array', shape: [0], fortran: false };
}

function arrayFromBuffer(
  data?: PickleValue,
  dtype?: PickleValue,
  shape?: PickleValue,
  order?: PickleValue,
): PickleValue {
  if (!isKind(data, 'bytes') || !isKind(dtype, 'numpy-dtype') || shape === undefined) {
    throw new TypeError('something other than bytes, a type and a shape');
  }
  return { kind: 'numpy-array', shape, dtype, fortran: order === 'F', data };
}

function numpyDType(code?: PickleValue): NumpyDType {
  if (typeof code !== 'string') throw new TypeError('a type code that is no text');
  return { kind: 'numpy-dtype', code: code.replace(/^[<>=|]/, ''), littleEndian: code[0] !== '>' };
}

const dtypeCode = (dtype: PickleValue | undefined): string =>
  isKind(dtype, 'numpy-dtype') ? dtype.code : '?';

function tensorOf(
  storage?: PickleValue,
  offset?: PickleValue,
  shape?: PickleValue,
  strides?: PickleValue,
  dtype?: PickleValue,
): TorchTensor {
  if (!isKind(storage, 'torch-storage')) throw new TypeError('a tensor without storage');
  if (offset === undefined || shape === undefined || strides === undefined) {
    throw new TypeError('a tensor without offset, shape or strides');
  }
  const format = isKind(dtype, 'torch-dtype') ? dtype.format : storage.format;
  return { kind: 'torch-tensor', storage, offset, shape, strides, format };
}

function parameterOf(data?: PickleValue): PickleValue {
  if (!isKind(data, 'torch-tensor')) throw new TypeError('a parameter without tensor');
  return data;
}
