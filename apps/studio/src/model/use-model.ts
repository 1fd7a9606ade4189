/** @file A model in a worker of its own, for a tab. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Calls } from '../worker/calls.js';
import type { ModelInfo, ModelOffers, ModelSource } from '../worker/model.worker.js';
import { modelWorker } from '../worker/workers.js';

/** A model of a tab, and what it is at. */
export interface TabModel {
  readonly info: ModelInfo | undefined;
  /** Resolves when the model is there; rejects with why it is not. */
  ready(): Promise<Calls<ModelOffers>>;
  readonly error: string | undefined;
  load(source: ModelSource): void;
}

/** Loads the model that comes along, and others when asked. */
export function useModel(): TabModel {
  const [info, setInfo] = useState<ModelInfo>();
  const [error, setError] = useState<string>();
  const worker = useRef<Calls<ModelOffers> | undefined>(undefined);
  const loading = useRef<Promise<Calls<ModelOffers>> | undefined>(undefined);

  function load(source: ModelSource): void {
    // A new worker: the memory of the old model goes with the old one.
    worker.current?.terminate();
    const calls = modelWorker();
    worker.current = calls;
    setInfo(undefined);
    setError(undefined);
    const found = calls.call('load', source).then((known) => {
      if (worker.current === calls) setInfo(known);
      return calls;
    });
    loading.current = found;
    found.catch((reason: Error) => {
      if (worker.current === calls) setError(`${reason.name}: ${reason.message}`);
    });
  }
  useEffect(() => {
    load({ kind: 'default' });
    return () => worker.current?.terminate();
  }, []);
  return { info, error, load, ready: () => loading.current! };
}
