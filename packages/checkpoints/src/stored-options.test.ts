import { storedOptions, WEIGHTS_METADATA_KEY } from './stored-options.js';

const read = (text: string) => storedOptions({ [WEIGHTS_METADATA_KEY]: text });

test('options as convert writes them; none in other files', () => {
  const options = {
    model: 'slowfast-8x8-r50',
    zoo: 'pytorchvideo',
    size: [64, 80],
    nonLocalPool: 'none',
  };
  expect(read(JSON.stringify(options))).toEqual(options);
  expect(storedOptions({ format: 'pt' })).toEqual({});
  expect(storedOptions()).toEqual({});
});

test.each([
  ['null', 'expected a JSON object, received null'],
  ['{', 'expected a JSON object, received {'],
  ['{"model":5}', "expected 'model' to be the name of a model, received 5"],
  ['{"model":"toString"}', `expected 'model' to be the name of a model, received "toString"`],
  ['{"size":{"a":1}}', `expected 'size' to be one side or two, received {"a":1}`],
  ['{"size":[64,64,64]}', "expected 'size' to be one side or two, received [64,64,64]"],
  ['{"width":"8"}', `expected 'width' to be a whole number of at least 1, received "8"`],
  ['{"beta":-1}', "expected 'beta' to be a number above 0, received -1"],
  [
    '{"nonLocalPool":[1,"a",null]}',
    `expected 'nonLocalPool' to be none or three sides, received [1,"a",null]`,
  ],
  ['{"weights":5}', "expected no entry 'weights', received one"],
  ['{"__proto__":{"width":8}}', "expected no entry '__proto__', received one"],
])('metadata that makes no sense: %s', (text, message) => {
  expect(() => read(text)).toThrow(
    new Error(
      `metadata slowfast: ${message}. The file was changed after it was converted; convert the checkpoint again.`,
    ),
  );
});
