/** @file Collects the nodes and constants of an ONNX graph while a graph is lowered. */
import {
  BLOCKED_DOMAIN,
  RUNTIME_DOMAIN,
  type ElementType,
  type OnnxAttribute,
  type OnnxConstant,
  type OnnxNode,
  type OwnDomain,
} from '../proto/model.js';

/** What each entry of the lowering table writes to. */
export interface OnnxEmitter {
  /**
   * Adds a node and returns the name of its result. The name is that of the graph's node for the last of
   * the nodes it becomes, and starts with it for the others: `slow.stem.conv/Conv`.
   */
  emit(
    operator: string,
    name: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string;
  /** As emit, for an operator of ONNX Runtime's own. */
  emitOwn: OnnxEmitter['emit'];
  /** As emit, for an operator of ONNX Runtime's own on blocks of {@link OnnxEmitter.channelBlock} channels. */
  emitBlocked: OnnxEmitter['emit'];
  /** Channels of a block of ONNX Runtime's own operators here; undefined where none are wanted. */
  readonly channelBlock: number | undefined;
  /** As emit, and returns the second result of the operator, too. */
  emitBoth(...node: Parameters<OnnxEmitter['emit']>): readonly [first: string, second: string];
  /** A constant of int64 elements, shared by all who ask for the same. */
  integers(values: readonly number[], scalar?: 'scalar'): string;
  /** A float32 scalar, shared by all who ask for the same. */
  float(value: number): string;
  /** Any other constant, shared by all who ask for the same. */
  tensor(
    type: ElementType,
    shape: readonly number[],
    elements: Uint8Array | Int8Array | Int32Array | Float32Array,
  ): string;
}

/** Names that are given once. */
export class Names {
  readonly #taken: Set<string>;

  constructor(names: Iterable<string>) {
    this.#taken = new Set(names);
  }

  /** The wanted name, or that name with a number when it is taken. */
  claim(base: string): string {
    let name = base;
    for (let n = 2; this.#taken.has(name); n++) name = `${base}_${n}`;
    this.#taken.add(name);
    return name;
  }
}

/** An emitter with what it collected; `results` gives the ONNX names of graph nodes' results. */
export function collector(
  names: Names,
  results: ReadonlyMap<string, string>,
  channelBlock?: number,
): OnnxEmitter & {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
} {
  const nodes: OnnxNode[] = [];
  // ONNX Runtime wants names of nodes to differ, too.
  const nodeNames = new Names([]);
  const constants = new Map<string, OnnxConstant>();
  const constant = (
    base: string,
    type: ElementType,
    shape: readonly number[],
    bytes: () => Uint8Array,
  ): string => {
    const constant = constants.get(base);
    if (constant) return constant.name;
    const name = names.claim(base);
    constants.set(base, { name, type, shape, bytes: bytes() });
    return name;
  };
  const own =
    (domain: OwnDomain): OnnxEmitter['emit'] =>
    (operator, name, inputs, attributes = {}) => {
      const output = results.get(name) ?? names.claim(name);
      nodes.push({ operator, domain, name: nodeNames.claim(name), inputs, output, attributes });
      return output;
    };
  return {
    nodes,
    channelBlock,
    get constants() {
      return [...constants.values()];
    },
    emit(operator, name, inputs, attributes = {}) {
      const output = results.get(name) ?? names.claim(name);
      nodes.push({ operator, name: nodeNames.claim(name), inputs, output, attributes });
      return output;
    },
    emitOwn: own(RUNTIME_DOMAIN),
    emitBlocked: own(BLOCKED_DOMAIN),
    emitBoth(operator, name, inputs, attributes = {}) {
      const [output, second] = [names.claim(name), names.claim(`${name}/second`)];
      nodes.push({ operator, name: nodeNames.claim(name), inputs, output, second, attributes });
      return [output, second];
    },
    integers(values, scalar) {
      const shape = scalar ? [] : [values.length];
      const base = `${scalar ? 'integer' : 'integers'}(${values.join(',')})`;
      return constant(base, 'int64', shape, () => bytesOf(BigInt64Array.from(values, BigInt)));
    },
    float: (value) =>
      constant(`float(${value})`, 'float32', [], () => bytesOf(Float32Array.of(value))),
    tensor: (type, shape, elements) =>
      constant(`${type}[${shape.join()}](${runsOf(elements)})`, type, shape, () =>
        bytesOf(elements),
      ),
  };
}

/** Elements as text, short where all are the same. */
function runsOf(elements: ArrayLike<number>): string {
  const all = Array.from(elements);
  return all.every((element) => element === all[0]) ? `${all[0]}` : all.join();
}

/** The bytes of a typed array, not copied. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
}
