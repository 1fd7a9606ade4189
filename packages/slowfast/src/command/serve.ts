/** @file `slowfast serve`: a model behind HTTP, until a signal ends it. */
import { actionDetector, type ActionDetector } from '../detect/action-detector.js';
import type { CompiledModel } from '@slowfast/core';
import { featureExtractor, type FeatureExtractor } from '../features/feature-extractor.js';
import { videoClassifier, type VideoClassifier } from '../classify/video-classifier.js';
import { isOnnxFile, type CompileOptions } from '../model/compile-model.js';
import { untrainedWarning } from '../model/labels.js';
import { defined } from '../defined.js';
import { compileOptions, tuningProgress, type RuntimeFlags } from './compile.js';
import type { Request } from './declaration.js';
import { EXIT, errorText } from './exit.js';
import { modelOptions, type ModelFlags } from './model-options.js';
import { optionalPackage } from './optional-package.js';
import { apiKeys } from './serve-keys.js';
import type { Terminal } from './terminal.js';
import { untilAborted } from './until-aborted.js';

interface ServeFlags extends Omit<ModelFlags, 'model'>, RuntimeFlags {
  readonly labels?: string;
  readonly features: readonly string[];
  readonly detector?: string;
  readonly detectorWeights?: string;
  readonly host: string;
  readonly port: number;
  readonly name?: string;
  readonly apiKeys?: string;
  readonly origin: readonly string[];
  readonly fetchFrom: readonly string[];
  readonly maxBatch: number;
  readonly batchDelay: number;
  readonly maxRequests: number;
  readonly videos: number;
  readonly queue: number;
  readonly maxVideo: number;
  readonly timeLimit: number;
  readonly grace: number;
  readonly json?: boolean;
}

/** Serves until it is told to end. */
export async function serve({
  args: [model],
  flags,
  terminal,
}: Request<ServeFlags>): Promise<number> {
  const { inferenceServer } = await servePackage();
  const keys = await apiKeys(flags.apiKeys);
  await using functions = await servedFunctions(model, flags, terminal);
  const { classify, detect, features, model: served } = functions;
  const name = flags.name ?? nameOf(served.name);
  await using server = await inferenceServer({
    ...defined({ classify, detect, features }),
    models: { [name]: served },
    ...{ host: flags.host, port: flags.port, keys, origins: flags.origin },
    ...{ maxBatch: flags.maxBatch, batchDelay: flags.batchDelay, maxRequests: flags.maxRequests },
    ...{ jobs: flags.videos, queue: flags.queue, timeLimit: flags.timeLimit },
    maxVideoBytes: flags.maxVideo * 2 ** 20,
    remote: { hosts: flags.fetchFrom },
    onError: (error) => terminal.err(errorText(error as Error)),
  });
  const { url } = server;
  const paths = Object.keys(defined({ classify, detect, features })).map((path) => `/${path}`);
  if (flags.json)
    terminal.out(`${JSON.stringify({ url, model: name, paths, keys: keys.length })}\n`);
  else {
    const all = [...paths, `/v2/models/${name}/infer`, '/openapi.json'];
    terminal.out(`${url}  ${all.join('  ')}\n`);
  }
  if (keys.length === 0 && !/^(localhost|127\.|::1$)/.test(flags.host)) {
    terminal.err('warning: whoever reaches this machine may ask: give --api-keys\n');
  }
  await untilAborted(terminal.signal);
  const { inHand } = server;
  if (inHand > 0) terminal.err(`ending: ${inHand} in hand, at most ${flags.grace} s\n`);
  await server.close({ grace: flags.grace * 1000 });
  return EXIT.success;
}

/** A name for a path in a URL: that of a file without its folders and ending. */
const nameOf = (name: string): string => name.replace(/^.*[\\/]/, '').replace(/\.onnx$/i, '');

const servePackage = () =>
  optionalPackage('serve', '@slowfast/serve', () => import('@slowfast/serve'));

interface ServedFunctions extends AsyncDisposable {
  /** What takes tensors. */
  readonly model: CompiledModel;
  readonly classify: VideoClassifier | undefined;
  readonly detect: ActionDetector | undefined;
  readonly features: FeatureExtractor | undefined;
}

/**
 * Compiles what is to be served. A model for people in boxes serves /detect, compiled for each video's size, and takes tensors
 * of its own size.
 */
async function servedFunctions(
  model: string | undefined,
  flags: ServeFlags,
  terminal: Terminal,
): Promise<ServedFunctions> {
  const open: AsyncDisposable[] = [];
  const end = async (): Promise<void> => {
    for (const one of open.reverse()) await one[Symbol.asyncDispose]();
  };
  const owned = <T extends AsyncDisposable>(one: T): T => {
    open.push(one);
    return one;
  };
  const tuning = tuningProgress(terminal);
  try {
    const modelFlags = { ...flags, ...defined({ model }) };
    const options: CompileOptions = compileOptions(
      modelFlags,
      terminal,
      flags.tune ? tuning.options : undefined,
    );
    const labels = defined({ labels: flags.labels });
    // As many runs as sessions are worth it for: they are kept.
    const classifier = owned(await videoClassifier({ ...options, ...labels }));
    const { model: tensors } = classifier;
    warn([...classifier.notes, ...untrainedWarning(tensors)], terminal);
    const isDetector = Object.hasOwn(tensors.inputs, 'boxes');
    const other = flags.detector ?? flags.detectorWeights;
    if (isDetector) {
      const detect = owned(await actionDetector({ ...options, ...labels }));
      const none = { classify: undefined, features: undefined };
      return { ...none, model: tensors, detect, [Symbol.asyncDispose]: end };
    }
    const wantsFeatures = flags.features[0] !== 'none';
    const features =
      wantsFeatures && !isOnnxFile(model)
        ? owned(await featureExtractor({ ...options, at: flags.features }))
        : undefined;
    if (wantsFeatures && !features) {
      warn(['/features: an .onnx file has no stages to look into: it is left out'], terminal);
    }
    const detect =
      other === undefined
        ? undefined
        : owned(
            await actionDetector({
              ...runtimePart(options),
              ...modelOptions(
                defined({ model: flags.detector, weights: flags.detectorWeights }),
                terminal,
              ),
            }),
          );
    return {
      ...{ model: tensors, classify: classifier, features, detect },
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  } finally {
    tuning.end();
  }
}

/** The options that say where a model runs, not which it is. */
const runtimePart = ({
  providers,
  threads,
  sessions,
  lowering,
  backend,
}: CompileOptions): CompileOptions => defined({ providers, threads, sessions, lowering, backend });

const warn = (texts: readonly string[], terminal: Terminal): void => {
  for (const text of texts) terminal.err(`warning: ${text}\n`);
};
