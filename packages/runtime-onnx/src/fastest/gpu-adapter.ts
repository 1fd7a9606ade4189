/** @file The graphics processor that WebGPU offers a page. */

/** What a browser says of its graphics processor. */
export interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
  /** Whether it is a program on the processor. */
  readonly isFallbackAdapter?: boolean;
}

/** A graphics processor. */
interface Adapter {
  readonly info: AdapterInfo;
  readonly features: ReadonlySet<string>;
}

/** The adapter that a page gets; undefined where it gets none. */
export async function gpuAdapter(): Promise<Adapter | undefined> {
  const { navigator } = globalThis as {
    readonly navigator?: { readonly gpu?: { requestAdapter(): Promise<Adapter | null> } };
  };
  const adapter = await navigator?.gpu?.requestAdapter().catch(() => null);
  return adapter ?? undefined;
}
