/** @file Server-sent events: progress of one request, and its end. */
import { PassThrough, type Readable } from 'node:stream';

/** Events on their way to a client. */
export interface EventStream {
  readonly stream: Readable;
  /** Progress, which is left out where a client does not read as fast. */
  progress(value: object): void;
  /** The last event. */
  end(name: 'result' | 'error', value: object): void;
}

/** Milliseconds after which something is sent that keeps a connection open. */
const KEEP_ALIVE = 10_000;

/** Opens a stream of events. */
export function eventStream(): EventStream {
  const stream = new PassThrough();
  const timer = setInterval(() => {
    if (!stream.writableNeedDrain) stream.write(': waiting\n\n');
  }, KEEP_ALIVE);
  stream.on('close', () => clearInterval(timer));
  const text = (name: string, value: object): string =>
    `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
  return {
    stream,
    progress(value) {
      if (stream.writable && !stream.writableNeedDrain) stream.write(text('progress', value));
    },
    end(name, value) {
      clearInterval(timer);
      if (stream.writable) stream.end(text(name, value));
    },
  };
}
