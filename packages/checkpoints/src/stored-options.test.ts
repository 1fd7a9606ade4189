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
  ['null', ': expected keys with values, received null'],
  ['{', ': expected JSON, received "{"'],
  ['{"model":5}', ': model: expected the name of a model, received 5'],
  ['{"model":"toString"}', ': model: expected the name of a model, received "toString"'],
  ['{"size":[64,64,64]}', ': size: expected height and width in pixels, received [64,64,64]'],
  ['{"width":"8"}', ': width: expected a whole number from 1 to 4096, received "8"'],
  ['{"frames":1e9}', ': frames: expected a whole number from 1 to 4096, received 1000000000'],
  ['{"classes":1e9}', ': classes: expected a whole number from 1 to 100000, received 1000000000'],
  ['{"beta":-1}', ': beta: expected a positive number, received -1'],
  ['{"mean":[]}', ': mean: expected three numbers, received []'],
  [
    '{"zoo":"caffe"}',
    ': zoo: expected one of pyslowfast, pytorchvideo, mmaction2, gluoncv, received "caffe"',
  ],
  [
    '{"nonLocalPool":[1,"a",null]}',
    ': nonLocalPool: expected none or three sides, received [1,"a",null]',
  ],
])('metadata that makes no sense: %s', (text, message) => {
  expect(() => read(text)).toThrow(
    `metadata slowfast${message}. The file was changed after it was converted; convert the checkpoint again.`,
  );
});

test('a misspelt option is answered with the nearest', () => {
  expect(() => read('{"widht":5}')).toThrow(
    /^metadata slowfast: widht: expected a key that there is, received an unknown one\. The nearest are width, /,
  );
});

test('a key that would change a prototype is none', () => {
  expect(() => read('{"__proto__":{"width":8}}')).toThrow(
    /__proto__: expected a key that there is/,
  );
});
