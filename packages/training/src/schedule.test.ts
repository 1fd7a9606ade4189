import { scheduleOf } from './schedule.js';

describe('scheduleOf', () => {
  it('is half a period of a cosine (paper, appendix)', () => {
    const rate = scheduleOf({ lr: 1.6 }, 196);
    for (const epoch of [0, 49, 98, 150.5]) {
      expect(rate(epoch)).toBeCloseTo(1.6 * 0.5 * (Math.cos((epoch / 196) * Math.PI) + 1), 10);
    }
    expect(rate(196)).toBeCloseTo(0, 10);
  });

  it('rises linearly to where the cosine then is', () => {
    const rate = scheduleOf({ lr: 1, warmupEpochs: 10, warmupLr: 0.1 }, 100);
    const top = 0.5 * (Math.cos(0.1 * Math.PI) + 1);
    expect(rate(0)).toBeCloseTo(0.1, 10);
    expect(rate(5)).toBeCloseTo((0.1 + top) / 2, 10);
    expect(rate(10)).toBeCloseTo(top, 10);
  });

  it('steps, or stays', () => {
    const rate = scheduleOf({ kind: 'step', lr: 1, steps: [30, 60], factor: 0.5 }, 90);
    expect([29.9, 30, 60].map(rate)).toEqual([1, 0.5, 0.25]);
    expect(scheduleOf({ kind: 'constant', lr: 0.3 }, 2)(1.5)).toBe(0.3);
  });

  it('refuses rates that make none', () => {
    expect(() => scheduleOf({ lr: 0 }, 2)).toThrow(
      'schedule.lr: expected a positive number, received 0.',
    );
    expect(() => scheduleOf({ lr: 1, warmupEpochs: -1 }, 2)).toThrow(
      'schedule.warmupEpochs: expected a number of at least 0, received -1.',
    );
  });
});
