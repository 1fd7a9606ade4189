import { jest } from '@jest/globals';
import { progressLine } from './progress.js';
import type { Terminal } from './terminal.js';

const START = new Date('2020-01-01T00:00:00Z').getTime();

function drawn(interactive: boolean): string {
  let err = '';
  const terminal: Terminal = {
    out: () => undefined,
    err: (text) => void (err += text),
    status: (line) => void (err += `[${line}]`),
    interactive,
    signal: new AbortController().signal,
  };
  jest.setSystemTime(START);
  const progress = progressLine(terminal, 'clip.mp4');
  const at = (ms: number, done: number, total: number): void => {
    jest.setSystemTime(START + ms);
    progress.update(done, total);
  };
  at(1000, 5, 30);
  at(3000, 10, 30);
  at(3050, 11, 30);
  at(4000, 15, 30);
  progress.end();
  return err;
}

describe('progressLine', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('appears after two seconds, at most ten times a second, and goes away', () => {
    const line = (text: string): string => `[${text}]`;
    expect(drawn(true)).toBe(
      line('clip.mp4  10/30 33 %  0:06 left') + line('clip.mp4  15/30 50 %  0:04 left') + line(''),
    );
  });

  it('is silent where nobody watches', () => {
    expect(drawn(false)).toBe('');
  });
});
