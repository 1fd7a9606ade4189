import type { StreamInfo } from './backend.js';
import { UPRIGHT } from './orientation.js';
import { framesPromised, packetsSuffice, timelineOf } from './timeline.js';

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

test('stamps that follow the packets, where frames are shown in another order, are not believed', () => {
  const copied = { ...INFO, packetTicks: [0, 40, 80, 120] };
  expect(packetsSuffice(copied)).toBe(false);
  expect(packetsSuffice({ ...copied, reorders: false })).toBe(true);
  const timeline = timelineOf(copied, [0, 80, 40, 120], 'frames', false);
  expect(timeline).toMatchObject({ frames: 4, fps: 25, timestamps: 'synthetic', start: 0 });
});

test('without stamps the rate is that of the stream, not of the container', () => {
  const raw = {
    ...INFO,
    timeBase: { num: 1, den: 1_200_000 },
    packetTicks: [undefined, undefined],
    packetDuration: 40_000,
    nominalFps: 60,
    averageFps: 25,
  };
  expect(timelineOf(raw, raw.packetTicks, 'frames', false).fps).toBe(30);
  const none = { ...raw, packetDuration: undefined };
  expect(timelineOf(none, raw.packetTicks, 'frames', false).fps).toBe(60);
});

test('a nominal rate of fields (MPEG-1) gives way to the one that packets and their average have', () => {
  const fields = { ...INFO, nominalFps: 50, averageFps: 25 };
  expect(timelineOf(fields, [0, 40, 80], 'frames', false).fps).toBe(25);
  // Frames that last differently long keep the nominal one.
  expect(timelineOf({ ...fields, packetDuration: 20 }, [0, 40, 80], 'frames', false).fps).toBe(50);
});

test('frames that a decoder gives as it is emptied have no stamp, and are a step later', () => {
  const programme = { ...INFO, container: 'mpeg' };
  const emptied = timelineOf(programme, [0, 40, 80, undefined, undefined], 'frames', false);
  expect(emptied).toMatchObject({ pts: [0, 40, 80, 120, 160], timestamps: 'container' });
  for (const ticks of [
    [0, 40, undefined, 120],
    [0, 40, 80, undefined, undefined, undefined],
    [0, undefined],
  ]) {
    expect(timelineOf(programme, ticks, 'frames', false).timestamps).toBe('synthetic');
  }
  // The stamps of AVI are those of decoding.
  expect(timelineOf(INFO, [0, 40, 80, undefined], 'frames', false).pts).toEqual([0, 1, 2, 3]);
});

test('a raw stream that says no rate has stamps that its reader made up', () => {
  const raw = { ...INFO, codec: 'mjpeg', container: 'mjpeg', packetTicks: [0, 40, 80] };
  const timeline = timelineOf(raw, raw.packetTicks, 'packets', false);
  expect(timeline).toMatchObject({ fps: 25, timestamps: 'synthetic', pts: [0, 1, 2] });
});

test('the first frame is shown when a player shows it: after the beginning of the container', () => {
  const late = { ...INFO, containerStart: 1, packetTicks: [3000, 3080, 3040] };
  expect(timelineOf(late, late.packetTicks, 'packets', false)).toMatchObject({ start: 2 });
});

test('packets promise a frame each, but for fields and pictures that are not shown', () => {
  expect(framesPromised(INFO, 3)).toBe(4);
  const fields = { ...INFO, packetTicks: Array<undefined>(8).fill(undefined) };
  expect(framesPromised(fields, 4)).toBe(0);
  expect(framesPromised(fields, 7)).toBe(8);
  expect(framesPromised({ ...INFO, packetTicks: [0, undefined, 40, undefined] }, 2)).toBe(2);
  expect(framesPromised({ ...INFO, codec: 'vp8' }, 3)).toBe(0);
});
