import { readdir } from 'node:fs/promises';
import { fileText } from '@slowfast/core';
import { parseClassNames } from './class-names.js';

const CASES = new URL('goldens/labels/', import.meta.url);
const SIX = ['handshake', 'hug', 'kick', 'point', 'punch', 'push'];
const UCF = 'ApplyEyeMakeup ApplyLipstick Archery BabyCrawling BalanceBeam BandMarching'.split(' ');

test('the usual forms give the same names', async () => {
  const files = await readdir(CASES);
  expect(files).toHaveLength(6);
  for (const file of files) {
    const names = parseClassNames(await fileText(new URL(file, CASES).pathname), file);
    expect([file, names]).toEqual([file, file === 'classInd.txt' ? UCF : SIX]);
  }
});

test.each([
  ['a\nb c\n', ['a', 'b c']],
  ['3 pointer\nfree throw', ['3 pointer', 'free throw']],
  ['0 a\n1 b', ['a', 'b']],
  ['2,b\n1,a', ['a', 'b']],
  ['name,id\n"b, c",1\na,0', ['a', 'b, c']],
  ['class_id,class_name,extra\n0,a,x\n1,b,y', ['a', 'b']],
  ['a\t0\nb 2\t1', ['a', 'b 2']],
  ['b,2\na,1', ['a', 'b']],
  ['1: a\n2: b', ['a', 'b']],
  ['1. a\n2. b', ['a', 'b']],
  ['id\tname\n0\ta\n1\tb, c', ['a', 'b, c']],
  ['step 1\nstep 2', ['step 1', 'step 2']],
  ['{"a": "1", "b": "0"}', ['b', 'a']],
  ['{"model_type": "x", "id2label": {"1": "b", "0": "a"}}', ['a', 'b']],
])('%j', (text, names) => expect(parseClassNames(text)).toEqual(names));

test.each([
  ['', 'class names: expected class names, received none.'],
  ['a\n\nb', 'class names:2: expected a class name, received a blank line.'],
  ['["a", ""]', 'class names: expected a name of each class, received none of class 1.'],
  ['["a", 1]', 'received a list of something else.'],
  ['{"a": {"b": 1}}', 'received an object of something else.'],
  ['{"a": ', 'received text that is no JSON'],
  [
    '{"a": 0, "b": 2}',
    'expected class numbers from 0 or 1 on, each once, received 2 in the place of 1.',
  ],
  ['1 a\n1 b', 'received 1 in the place of 2.'],
  ['id,name\nx,a', "class names:2: expected a class number, received 'x'."],
])('refuses %j', (text, message) => expect(() => parseClassNames(text)).toThrow(message));
