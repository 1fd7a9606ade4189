import {
  FileError,
  MediaError,
  RuntimeError,
  ShapeError,
  SlowFastError,
  SpecError,
  WeightError,
  internalError,
} from './errors.js';

const details = { site: 'fast.stem', expected: 'T of 32', received: 'T = 5' };

test('the text is site, expectation, what was received, and the remedy if there is one', () => {
  expect(new ShapeError(details).message).toBe('fast.stem: expected T of 32, received T = 5.');
  expect(new ShapeError({ ...details, remedy: 'Sample 32 frames' }).message).toBe(
    'fast.stem: expected T of 32, received T = 5. Sample 32 frames.',
  );
  expect(String(new ShapeError(details))).toBe(
    'ShapeError: fast.stem: expected T of 32, received T = 5.',
  );
});

test.each([
  ['ShapeError', ShapeError],
  ['SpecError', SpecError],
  ['WeightError', WeightError],
  ['MediaError', MediaError],
  ['FileError', FileError],
  ['RuntimeError', RuntimeError],
] as const)('%s is a SlowFastError, with its name and parts', (name, Kind) => {
  const cause = new Error('disk');
  const error = new Kind({ ...details, remedy: 'Do', cause });
  expect(error).toBeInstanceOf(SlowFastError);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name, ...details, remedy: 'Do', cause });
});

test('without a cause there is none, and without a remedy it is undefined', () => {
  const error = new SlowFastError(details);
  expect('cause' in error).toBe(false);
  expect(error.remedy).toBeUndefined();
});

test('bugs of our own say so', () => {
  expect(internalError('x')).toEqual(new Error('internal: x'));
  expect(internalError('x')).not.toBeInstanceOf(SlowFastError);
});

test('a name or value of a megabyte makes no message of one', () => {
  const long = 'x'.repeat(1 << 20);
  const { message } = new WeightError({ site: long, expected: long, received: long });
  expect(message.length).toBeLessThan(6000);
  expect(message).toContain('x … (1048576 characters) … x');
});
