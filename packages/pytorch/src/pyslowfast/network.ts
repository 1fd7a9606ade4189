/** @file What a network is in PySlowFast's terms, read off its graph; what PySlowFast has not is an error. */
import { SpecError, type Graph, type Node, type NodeOf, type Value } from '@slowfast/core';

const STAGES = ['res2', 'res3', 'res4', 'res5'] as const;
const DEPTHS: Readonly<Record<string, number>> = { '2,2,2,2': 18, '3,4,6,3': 50, '3,4,23,3': 101 };

/** PySlowFast's kinds of networks: temporal kernels of stem, res2 … res5 by pathway, and the pooling after res2. */
const ARCHS: readonly {
  readonly arch: string;
  readonly model: string;
  readonly kernels: readonly (readonly (readonly number[])[])[];
  readonly pool: number;
}[] = [
  {
    arch: 'slowfast',
    model: 'SlowFast',
    kernels: [
      [[1], [1], [1], [3], [3]],
      [[5], [3], [3], [3], [3]],
    ],
    pool: 1,
  },
  { arch: 'slow_c2d', model: 'ResNet', kernels: [[[1], [1], [1], [1], [1]]], pool: 1 },
  { arch: 'slow', model: 'ResNet', kernels: [[[1], [1], [1], [3], [3]]], pool: 1 },
  { arch: 'c2d', model: 'ResNet', kernels: [[[1], [1], [1], [1], [1]]], pool: 2 },
  { arch: 'i3d', model: 'ResNet', kernels: [[[5], [3], [3, 1], [3, 1], [1, 3]]], pool: 2 },
  { arch: 'slow_i3d', model: 'ResNet', kernels: [[[5], [3], [3, 1], [3, 1], [1, 3]]], pool: 1 },
];

/** Entries of a configuration by section. */
export type ConfigSections = Record<string, Record<string, unknown>>;

/** Reads a network as PySlowFast's configuration would say it. */
class Reader {
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly site: string;
  readonly graph: Graph;

  constructor(name: string, graph: Graph) {
    this.site = `${name} in PySlowFast`;
    this.graph = graph;
    this.#nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  }

  fail(expected: string, received: string): never {
    throw new SpecError({
      site: this.site,
      expected,
      received,
      remedy: 'Export it by --pytorch, which takes any network',
    });
  }

  conv(name: string): NodeOf<'conv3d'> {
    const node = this.#nodes.get(name);
    return node?.op === 'conv3d' ? node : this.fail(`a convolution ${name}`, 'none');
  }

  has(name: string): boolean {
    return this.#nodes.has(name);
  }

  within(prefix: string): readonly Node[] {
    return this.graph.nodes.filter(({ name }) => name.startsWith(`${prefix}.`));
  }

  blocks(stage: string): number {
    let count = 0;
    while (this.has(`${stage}.${count}.a.conv`)) count++;
    return count;
  }

  /** Temporal kernels of the stem and of each block. */
  kernels(pathway: string): readonly (readonly number[])[] {
    const stages = STAGES.map((stage) =>
      Array.from({ length: this.blocks(`${pathway}.${stage}`) }, (_, i) => {
        return this.conv(`${pathway}.${stage}.${i}.a.conv`).attrs.kernel[0];
      }),
    );
    return [[this.conv(`${pathway}.stem.conv`).attrs.kernel[0]], ...stages];
  }
}

/** The entries that a network's graph decides. Throws {@link SpecError} for a network that PySlowFast has not. */
export function networkEntries(name: string, graph: Graph): ConfigSections {
  const read = new Reader(name, graph);
  const pathways = Object.keys(graph.inputs).filter((input) => input !== 'boxes');
  const isPair = pathways.join() === 'slow,fast';
  if (!isPair && pathways.join() !== 'slow') {
    read.fail('the pathways slow and fast, or slow alone', pathways.join(', '));
  }
  const counts = pathways.map((pathway) =>
    STAGES.map((stage) => read.blocks(`${pathway}.${stage}`)),
  );
  const depth = DEPTHS[counts[0]!.join()];
  if (depth === undefined || counts.some((count) => count.join() !== counts[0]!.join())) {
    read.fail(
      'the blocks of ResNet-18, 50 or 101 in all pathways',
      counts.map((count) => count.join('-')).join(' and '),
    );
  }
  const pooled = graph.nodes.find(
    (node) => node.op === 'max_pool3d' && /^slow\.res3[._]max_pool3d/.test(node.name),
  );
  const pool = pooled?.op === 'max_pool3d' ? pooled.attrs.kernel[0] : 1;
  const { arch, model, temporal } = archOf(read, pathways, counts[0]!, pool);
  for (const pathway of pathways) {
    const { stride } = read.conv(`${pathway}.stem.conv`).attrs;
    const pool = read.within(`${pathway}.stem`).find((node) => node.op === 'max_pool3d');
    const steps = [stride[0], pool?.op === 'max_pool3d' ? pool.attrs.stride[0] : 0];
    if (steps.join() !== '1,1')
      read.fail('a stem that keeps all frames', `steps of ${steps.join(' and ')} frames`);
  }
  const width = outputs(read.conv('slow.stem.conv'));
  const isBasic = !read.has('slow.res2.0.c.conv');
  const perBlock = (
    value: (conv: NodeOf<'conv3d'>) => number,
    ofBlock: string,
    block: number,
  ): number[][] =>
    STAGES.map((stage) =>
      pathways.map((pathway) => value(read.conv(`${pathway}.${stage}.${block}.${ofBlock}.conv`))),
    );
  return {
    MODEL: { ARCH: arch, MODEL_NAME: model, ...headEntries(read) },
    RESNET: {
      WIDTH_PER_GROUP: width,
      NUM_GROUPS: 1,
      DEPTH: depth,
      TRANS_FUNC: isBasic ? 'basic_transform' : 'bottleneck_transform',
      STRIDE_1X1: false,
      NUM_BLOCK_TEMP_KERNEL: temporal,
      SPATIAL_STRIDES: perBlock(({ attrs }) => attrs.stride[1], isBasic ? 'a' : 'b', 0),
      SPATIAL_DILATIONS: perBlock(({ attrs }) => attrs.dilation[1], 'b', 0),
    },
    ...(isPair ? { SLOWFAST: lateralEntries(read, width) } : {}),
    NONLOCAL: nonLocalEntries(read, pathways),
    ...detectionEntries(read),
  };
}

const outputs = ({ inputs }: NodeOf<'conv3d'>): number => inputs[1]!.type.shape[0] as number;

function archOf(
  read: Reader,
  pathways: readonly string[],
  counts: readonly number[],
  pool: number,
) {
  const own = pathways.map((pathway) => read.kernels(pathway));
  for (const { arch, model, kernels, pool: wanted } of ARCHS) {
    if (kernels.length !== own.length || wanted !== pool) continue;
    if (kernels.some(([stem], p) => stem!.join() !== own[p]![0]!.join())) continue;
    const temporal = STAGES.map((_, stage) =>
      kernels.map((basis, p) => temporalBlocks(basis[stage + 1]!, own[p]![stage + 1]!)),
    );
    if (temporal.every((stage) => stage.every((count) => count !== undefined)))
      return { arch, model, temporal };
  }
  const received = own
    .map((stages) => stages.map((kernels) => kernels.join('-')).join(' '))
    .join(' and ');
  return read.fail(
    `temporal kernels of ${[...new Set(ARCHS.map(({ arch }) => arch))].join(', ')}`,
    `${received} in ${counts.join('-')} blocks, pooling ${pool} after res2`,
  );
}

/** How many blocks of a stage have the kernels of a kind of network, the others 1; `undefined`: other kernels. */
function temporalBlocks(basis: readonly number[], kernels: readonly number[]): number | undefined {
  const kernelPlan = kernels.map((_, i) => basis[i % basis.length]!);
  for (let count = kernels.length; count >= 0; count--) {
    if (kernels.every((kernel, i) => kernel === (i < count ? kernelPlan[i] : 1))) return count;
  }
  return undefined;
}

function lateralEntries(read: Reader, width: number): Record<string, unknown> {
  const stages = ['stem', 'res2', 'res3', 'res4'].map((stage) => `lateral.fast_to_slow.${stage}`);
  const others = read.graph.nodes.find(
    ({ name }) =>
      name.startsWith('lateral.') && !stages.some((stage) => name.startsWith(`${stage}.`)),
  );
  const convs = stages.map((stage) => read.conv(`${stage}.conv`));
  if (others || stages.some((stage) => !read.has(`${stage}.norm`))) {
    read.fail(
      'time-strided convolutions with batch norm from fast to slow',
      others?.name ?? 'none',
    );
  }
  const facts = convs.map(({ attrs, inputs }) => {
    const [out, from] = inputs[1]!.type.shape as readonly number[];
    return [attrs.stride[0], attrs.kernel[0], out! / from!].join();
  });
  if (new Set(facts).size > 1) read.fail('lateral connections of one kind', facts.join(' and '));
  const [alpha, kernel, ratio] = facts[0]!.split(',').map(Number);
  const inverse = width / outputs(read.conv('fast.stem.conv'));
  if (!Number.isInteger(inverse)) read.fail('1/β to be a whole number', `${inverse}`);
  return {
    ALPHA: alpha,
    BETA_INV: inverse,
    FUSION_CONV_CHANNEL_RATIO: ratio,
    FUSION_KERNEL_SZ: kernel,
  };
}

function nonLocalEntries(read: Reader, pathways: readonly string[]): Record<string, unknown> {
  const kinds = new Set<string>();
  const pools = new Set<string>();
  const location = STAGES.map((stage) =>
    pathways.map((pathway) => {
      const blocks = Array.from({ length: read.blocks(`${pathway}.${stage}`) }, (_, i) => i);
      return blocks.filter((i) => {
        const nodes = read.within(`${pathway}.${stage}.${i}.nonlocal`);
        if (nodes.length === 0) return false;
        kinds.add(similarityOf(read, nodes));
        const pool = nodes.find((node) => node.op === 'max_pool3d');
        const pooled = nodes.find(({ output }) => output === pool?.inputs[0]);
        if (pooled?.op === 'conv3d') {
          read.fail('keys and values made of what was pooled', 'keys and values that are pooled');
        }
        pools.add(JSON.stringify(pool?.op === 'max_pool3d' ? pool.attrs.kernel : [1, 1, 1]));
        return true;
      });
    }),
  );
  if (kinds.size > 1 || pools.size > 1)
    read.fail('non-local blocks of one kind', [...kinds, ...pools].join(', '));
  const perStage = (value: unknown): unknown[] => STAGES.map(() => pathways.map(() => value));
  const [pool = '[1,2,2]'] = pools;
  return {
    LOCATION: location,
    GROUP: perStage(1),
    INSTANTIATION: [...kinds][0] ?? 'dot_product',
    POOL: perStage(JSON.parse(pool)),
  };
}

function similarityOf(read: Reader, nodes: readonly Node[]): string {
  if (!nodes.some(({ name }) => name.endsWith('.theta'))) {
    read.fail('positions compared by theta and phi', 'positions as they are');
  }
  if (!nodes.some(({ op }) => op === 'softmax')) return 'dot_product';
  const scaled = nodes.some(({ op }) => op === 'scale');
  return scaled
    ? 'softmax'
    : read.fail('softmax over products divided by a root', 'products as they are');
}

function headEntries({ graph }: Reader): Record<string, unknown> {
  const logits = graph.nodes.find(({ name }) => name === 'head.projection');
  const dropout = graph.nodes.find((node) => node.op === 'dropout');
  return {
    NUM_CLASSES: (logits?.output as Value | undefined)?.type.shape.at(-1),
    DROPOUT_RATE: dropout?.op === 'dropout' ? dropout.attrs.rate : 0,
  };
}

function detectionEntries(read: Reader): ConfigSections {
  const roi = read.graph.nodes.find((node) => node.op === 'roi_align');
  if (roi?.op !== 'roi_align') return {};
  const { aligned, size, spatialScale, samplingRatio } = roi.attrs;
  const overTime = read.graph.nodes.find(
    (node) => node.op === 'reduce' && node.attrs.fn === 'max' && node.attrs.axes.includes(2),
  );
  if (overTime && overTime.output.type.shape.length === 5) {
    read.fail('the mean of all frames before boxes are cut out', 'their maximum');
  }
  if (size.join() !== '7,7' || spatialScale !== 1 / 16 || samplingRatio !== 0) {
    read.fail(
      'regions of 7 x 7 bins of a sixteenth of the input',
      `${size.join(' x ')} of ${spatialScale}`,
    );
  }
  return {
    DETECTION: {
      ENABLE: true,
      ALIGNED: aligned,
      SPATIAL_SCALE_FACTOR: 16,
      ROI_XFORM_RESOLUTION: 7,
    },
  };
}
