import type { StreamInfo } from './backend.js';
import { UPRIGHT } from './orientation.js';
import { packetsSuffice, timelineOf } from './timeline.js';

const INFO: StreamInfo = {
  codec: 'h264',
  container: 'avi',
  width: 4,
  height: 4,
  orientation: UPRIGHT,
  timeBase: { num: 1, den: 1000 },
  nominalFps: 25,
  averageFps: 24,
  durationTicks: 200,
  declaredFrames: 4,
  pixelAspect: 1,
  containerStart: 0,
  packetDuration: 40,
  reorders: true,
  edited: false,
  packetTicks: [0, 120, 40, 80],
  doubtful: false,
  broken: false,
};

test('packets in decoding order give a time line in presentation order', () => {
  expect(packetsSuffice(INFO)).toBe(true);
  expect(timelineOf(INFO, INFO.packetTicks, 'packets', false)).toEqual({
    frames: 4,
    fps: 25,
    start: 0,
    duration: 0.2,
    durationDeclared: true,
    timeBase: { num: 1, den: 1000 },
    pts: [0, 40, 80, 120],
    timestamps: 'container',
    truncated: false,
  });
});

test('missing or repeated time stamps are replaced by the frame rate', () => {
  for (const packetTicks of [
    [0, 40, undefined, 80],
    [0, 40, 40, 80],
  ]) {
    expect(packetsSuffice({ ...INFO, packetTicks })).toBe(false);
    expect(timelineOf(INFO, packetTicks, 'packets', false)).toMatchObject({
      frames: 4,
      duration: 4 / 25,
      timeBase: { num: 1, den: 25 },
      pts: [0, 1, 2, 3],
      timestamps: 'synthetic',
    });
  }
  const odd = timelineOf({ ...INFO, nominalFps: 30000 / 1001 }, [0, 0], 'packets', false);
  expect((odd.pts[1]! * odd.timeBase.num) / odd.timeBase.den).toBeCloseTo(1001 / 30000, 9);
});

test('packets do not suffice if they are fewer than declared, damaged, or reading broke off', () => {
  expect(packetsSuffice({ ...INFO, declaredFrames: 5 })).toBe(false);
  expect(packetsSuffice({ ...INFO, declaredFrames: undefined })).toBe(true);
  expect(packetsSuffice({ ...INFO, doubtful: true })).toBe(false);
  expect(packetsSuffice({ ...INFO, broken: true })).toBe(false);
  expect(packetsSuffice({ ...INFO, packetTicks: [] })).toBe(false);
});

test('a rate that cannot be gives way to the average, and to 25 if that is none either', () => {
  expect(timelineOf({ ...INFO, nominalFps: 90_000 }, [0], 'packets', false).fps).toBe(24);
  expect(timelineOf({ ...INFO, nominalFps: 0, averageFps: 0 }, [0], 'packets', false).fps).toBe(25);
});

test('without a declared duration, or when truncated, it lasts one frame beyond the last', () => {
  const open = timelineOf({ ...INFO, durationTicks: undefined }, [0, 40, 80], 'packets', false);
  expect(open).toMatchObject({ duration: 0.12, durationDeclared: false });
  const cut = timelineOf({ ...INFO, durationTicks: 4000 }, [0, 40, 80], 'packets', true);
  expect(cut).toMatchObject({ duration: 0.12, durationDeclared: true, truncated: true });
});
