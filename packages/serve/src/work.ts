/** @file The work of a server: what a request's end, a limit of time or the server's own end stops. */
import type { FastifyReply } from 'fastify';
import { RequestError } from './request-error.js';

/** Requests in hand, and what ends them. */
export interface Work {
  /** A signal for one request: aborted when its client goes, its time is over, or the server has to end at once. */
  signalFor(reply: FastifyReply, seconds: number): AbortSignal;
  /** Refuses new requests. */
  readonly isEnding: boolean;
  readonly inHand: number;
  begin(): void;
  done(): void;
  /** Waits until nothing is in hand, at most so many milliseconds; then ends what is. */
  end(grace: number): Promise<void>;
}

/** The status of a client that is gone; nobody sees it but metrics. */
const GONE = 499;

/** Keeps the books. */
export function work(): Work {
  const controllers = new Set<AbortController>();
  let inHand = 0;
  let isEnding = false;
  let isOver = false;
  let onIdle: () => void = () => undefined;
  return {
    signalFor(reply, seconds) {
      const controller = new AbortController();
      controllers.add(controller);
      const timer = setTimeout(
        () =>
          controller.abort(
            new RequestError(504, {
              site: 'request',
              expected: `an answer within ${seconds} s`,
              received: 'none so far',
            }),
          ),
        seconds * 1000,
      );
      const onClose = (): void => {
        clearTimeout(timer);
        controllers.delete(controller);
        if (reply.raw.writableFinished) return;
        controller.abort(
          new RequestError(GONE, {
            site: 'request',
            expected: 'a client that waits for its answer',
            received: 'one that is gone',
          }),
        );
      };
      if (reply.raw.closed) onClose();
      else reply.raw.on('close', onClose);
      if (isOver) controller.abort(ending());
      return controller.signal;
    },
    get isEnding() {
      return isEnding;
    },
    get inHand() {
      return inHand;
    },
    begin: () => void (inHand += 1),
    done() {
      inHand -= 1;
      if (inHand === 0) onIdle();
    },
    async end(grace) {
      isEnding = true;
      if (inHand === 0) return;
      const idle = new Promise<void>((resolve) => (onIdle = resolve));
      if (await within(idle, grace)) return;
      isOver = true;
      for (const controller of controllers) controller.abort(ending());
      // The answers that say so.
      await within(idle, 1000);
    },
  };
}

/** What is said while the server ends. */
export const ending = (): RequestError =>
  new RequestError(
    503,
    { site: 'server', expected: 'a server that goes on', received: 'one that is ending' },
    1,
  );

async function within(done: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const isDone = await Promise.race([done.then(() => true), over]);
  clearTimeout(timer);
  return isDone;
}
