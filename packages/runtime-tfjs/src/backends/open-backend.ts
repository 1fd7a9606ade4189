/** @file Chooses and starts a backend, with the reason for each that was passed over. */
import { isNode, firstLine, checkArguments, RuntimeError } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { registerComposedKernels } from '../kernels/register.js';
import {
  PACKAGES,
  TFJS_BACKENDS,
  engineName,
  type TfjsBackendChoice,
  type TfjsBackendName,
  type TfjsEngineName,
} from './names.js';
import { importPackage, type ImportPackage } from './import-package.js';
import { prepareWasm, type WasmOptions } from './start-wasm.js';
import { prepareWebGpu } from './start-webgpu.js';

/** A backend that could not be used, and why. */
export interface SkippedBackend {
  readonly backend: TfjsBackendName;
  readonly reason: string;
}

/** How a backend is chosen and started. */
export interface TfjsBackendOptions extends WasmOptions {
  /** Default `auto`: the first that works in the order of `TFJS_BACKENDS`. */
  readonly backend?: TfjsBackendChoice;
  /**
   * Whether WebAssembly gets our kernels for what it lacks or does slowly (see {@link registerComposedKernels});
   * default true. They stay for the whole process once a model asked for them.
   */
  readonly composedKernels?: boolean;
}

/** What helps where no bundler brings the files along. */
const COPY_WASM =
  'Copy dist/*.wasm of @tensorflow/tfjs-backend-wasm to the page, and give their folder as wasmPaths';

/** A backend that works. */
export interface OpenBackend {
  readonly backend: TfjsBackendName;
  /** TF.js' own name of it. */
  readonly engine: TfjsEngineName;
  readonly skipped: readonly SkippedBackend[];
}

/**
 * Starts the chosen backend, or the first that works, and makes it TF.js' current one. Rejects with
 * {@link RuntimeError} that gives the reasons when none works. `load` imports the optional packages.
 */
export async function openTfjsBackend(
  options: TfjsBackendOptions = {},
  load: ImportPackage = importPackage,
): Promise<OpenBackend> {
  checkArguments('openTfjsBackend', { options: [options, 'object?'] });

  const { backend: choice = 'auto' } = options;
  checkChoice(choice);
  const skipped: SkippedBackend[] = [];
  const causes: unknown[] = [];
  for (const backend of choice === 'auto' ? TFJS_BACKENDS : [choice]) {
    try {
      await start(backend, options, load);
      return { backend, engine: engineName(backend), skipped };
    } catch (error) {
      skipped.push({ backend, reason: firstLine(error) });
      causes.push(error);
    }
  }
  const install = choice === 'auto' ? undefined : PACKAGES[choice];
  throw new RuntimeError({
    site: 'TensorFlow.js',
    expected: choice === 'auto' ? 'a backend that works' : `the backend ${choice}`,
    received: skipped.map(({ backend, reason }) => `${backend}: ${reason}`).join('; '),
    ...(install ? { remedy: `Run: npm install ${install}` } : {}),
    ...(choice === 'wasm' && !isNode() ? { remedy: COPY_WASM } : {}),
    cause: causes[0],
  });
}

/** Makes a started backend TF.js' current one, at once: what follows without an await runs on it. */
export function activate(engine: TfjsEngineName): void {
  // Of a backend that has started, everything is done before the promise is returned.
  if (tf.getBackend() !== engine) void tf.setBackend(engine);
}

function checkChoice(choice: string): void {
  const names: readonly string[] = ['auto', ...TFJS_BACKENDS];
  if (names.includes(choice)) return;
  throw new RuntimeError({
    site: 'TensorFlow.js',
    expected: `a backend (${names.join(', ')})`,
    received: `'${choice}'`,
  });
}

async function start(
  backend: TfjsBackendName,
  options: TfjsBackendOptions,
  load: ImportPackage,
): Promise<void> {
  const before = tf.getBackend();
  try {
    await prepare(backend, options, load);
    const engine = engineName(backend);
    await quietly(async () => {
      if (!(await tf.setBackend(engine))) throw new Error('TF.js could not start it');
      await tf.ready();
      if (backend === 'wasm' && options.composedKernels !== false) registerComposedKernels();
      await probe();
    });
    if (engine === 'tensorflow') native = backend;
  } catch (error) {
    if (before && tf.getBackend() !== before) await tf.setBackend(before);
    throw error;
  }
}

/** The native package that registered `tensorflow`: the two exclude each other. */
let native: TfjsBackendName | undefined;

async function prepare(
  backend: TfjsBackendName,
  options: TfjsBackendOptions,
  load: ImportPackage,
): Promise<void> {
  switch (backend) {
    case 'tfjs-node':
    case 'tfjs-node-gpu': {
      if (!isNode()) throw new Error('it needs Node');
      if (native !== undefined && native !== backend)
        throw new Error(`${native} is loaded already`);
      await load(`@tensorflow/${backend}`);
      return;
    }
    case 'webgpu':
      return prepareWebGpu(load, options.backend === 'webgpu');
    case 'webgl':
      // Asking TF.js where there is no canvas prints errors.
      if (!hasCanvas() || tf.env().getNumber('WEBGL_VERSION') === 0)
        throw new Error('there is no WebGL here');
      return;
    case 'wasm':
      return prepareWasm(options);
    case 'cpu':
      return;
  }
}

const hasCanvas = (): boolean => 'document' in globalThis || 'OffscreenCanvas' in globalThis;

/**
 * Starts a backend in Node without what the start leaves behind: TF.js prints a recommendation of tfjs-node,
 * and Emscripten's code takes over errors of the whole process that nobody caught.
 */
async function quietly(action: () => Promise<void>): Promise<void> {
  if (!isNode()) return action();
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set(process.rawListeners(event)));
  const isProduction = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    await action();
  } finally {
    tf.env().set('PROD', isProduction);
    events.forEach((event, i) => {
      for (const listener of process.rawListeners(event)) {
        if (!before[i]!.has(listener)) {
          process.removeListener(event, listener as (...args: unknown[]) => void);
        }
      }
    });
  }
}

/** A backend that starts may still compute nothing (a GPU without memory, a mismatched library). */
async function probe(): Promise<void> {
  const product = tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])));
  try {
    const [value] = await product.data();
    if (value !== 11) throw new Error(`it computed 1·3 + 2·4 = ${value}`);
  } finally {
    product.dispose();
  }
}
