/** @file The part of ONNX Runtime's JavaScript API that is used; onnxruntime-node and -web both have it. */

/** A tensor of ONNX Runtime. */
export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
  /** Releases memory on a device. */
  dispose?(): void;
}

/** Name and type of an input or output as a session tells it. */
export interface OrtValueInfo {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

/** A loaded model. */
export interface OrtSession {
  readonly inputMetadata: readonly OrtValueInfo[];
  readonly outputMetadata: readonly OrtValueInfo[];
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  /** Of a session in a worker: as run, but takes the feeds' memory. */
  runTaking?(
    feeds: Readonly<Record<string, OrtTensor>>,
  ): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** Session options that are set here. */
export interface OrtSessionOptions {
  readonly executionProviders: readonly string[];
  readonly enableMemPattern?: boolean;
  readonly intraOpNumThreads?: number;
  readonly graphOptimizationLevel?: 'disabled';
  /** Where the graph goes once it is optimised; its weights to the file that `extra` names. */
  readonly optimizedModelFilePath?: string;
  readonly logSeverityLevel?: 3;
  readonly extra?: { readonly session: Readonly<Record<string, string>> };
}

/** The module that `import('onnxruntime-node')` or `import('onnxruntime-web')` gives. */
export interface OrtModule {
  readonly InferenceSession: {
    create(model: Uint8Array | string, options: OrtSessionOptions): Promise<OrtSession>;
  };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;
  readonly env: {
    logLevel?: string;
    readonly versions: Readonly<Record<string, string | undefined>>;
    readonly wasm: { numThreads?: number; wasmPaths?: unknown };
  };
  /** onnxruntime-node only. */
  readonly listSupportedBackends?: () => readonly { readonly name: string }[];
}
