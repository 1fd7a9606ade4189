/** @file Writes weights as `torch.save` does: a zip of a pickle and raw storages, nothing compressed. */
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

const text = (value) => Buffer.from(value, 'utf8');
const int = (value) => {
  const bytes = Buffer.alloc(5);
  bytes[0] = 0x4a; // BININT
  bytes.writeInt32LE(value, 1);
  return bytes;
};
const string = (value) => {
  const head = Buffer.alloc(5);
  head[0] = 0x58; // BINUNICODE
  head.writeUInt32LE(text(value).length, 1);
  return Buffer.concat([head, text(value)]);
};
const tuple = (...parts) => Buffer.concat([text('('), ...parts, text('t')]);
const global = (module, name) => text(`c${module}\n${name}\n`);

function stridesOf(shape) {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--)
    strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/** One entry of the state dict: name, then a call of torch._utils._rebuild_tensor_v2 on a storage. */
function entry(name, key, shape) {
  const count = shape.reduce((a, b) => a * b, 1);
  const storage = [string('storage'), global('torch', 'FloatStorage'), string(`${key}`)];
  const persistent = Buffer.concat([tuple(...storage, string('cpu'), int(count)), text('Q')]);
  const hooks = Buffer.concat([global('collections', 'OrderedDict'), text(')R')]);
  const ints = (values) => tuple(...values.map(int));
  const args = [
    persistent,
    int(0),
    ints(shape),
    ints(stridesOf(shape)),
    Buffer.from([0x89]),
    hooks,
  ];
  const rebuild = global('torch._utils', '_rebuild_tensor_v2');
  return Buffer.concat([string(name), rebuild, tuple(...args), text('R')]);
}

/** Writes every tensor of a store under `model_state`. */
export async function torchZip(path, store) {
  const file = await open(path, 'w');
  const directory = [];
  let offset = 0;
  const put = async (bytes) => {
    await file.writeFile(bytes);
    offset += bytes.length;
  };
  const add = async (name, data) => {
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    directory.push({ name, fields, offset });
    await put(Buffer.concat([text('PK\x03\x04'), fields, text(name)]));
    await put(data);
  };
  const names = [...store.names];
  const state = names.map((name, key) => entry(name, key, store.shapeOf(name)));
  const pickle = [
    Buffer.from([0x80, 2]),
    text('}('),
    string('model_state'),
    text('}('),
    ...state,
    text('uu.'),
  ];
  await add('archive/data.pkl', Buffer.concat(pickle));
  for (const [key, name] of names.entries()) {
    const { data } = await store.read(name);
    await add(`archive/data/${key}`, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }
  await add('archive/version', text('3\n'));
  const start = offset;
  for (const { name, fields, offset: at } of directory) {
    const head = Buffer.alloc(6);
    head.write('PK\x01\x02', 0, 'latin1');
    head.writeUInt16LE(20, 4);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    await put(Buffer.concat([head, fields, tail, text(name)]));
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(offset - start, 12);
  end.writeUInt32LE(start, 16);
  await put(end);
  await file.close();
}
