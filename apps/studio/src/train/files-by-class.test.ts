import { filesByClass } from './files-by-class.js';

const classesOf = (...paths: readonly string[]): unknown =>
  [...filesByClass(paths.map((path) => ({ path, file: { name: path.split('/').at(-1)! } })))].map(
    ([name, own]) => [name, ...own.map((one) => one.name)],
  );

test('videos are of the class whose folder they are in; all else is left out', () => {
  const paths = ['set/wave/2.mp4', 'set/clap/a.WEBM', 'set/wave/1.mov', 'set/notes.txt'];
  const others = ['set/loose.mp4', 'set/wave/.hidden.mp4', 'set/wave/readme.md'];
  expect(classesOf(...paths, ...others)).toEqual([
    ['clap', 'a.WEBM'],
    ['wave', '1.mov', '2.mp4'],
  ]);
});

test('folders that are dropped together are classes, and so is one that holds videos alone', () => {
  expect(classesOf('wave/1.mp4', 'clap/1.mp4', 'loose.mp4')).toEqual([
    ['clap', '1.mp4'],
    ['wave', '1.mp4'],
  ]);
  expect(classesOf('wave/1.mp4', 'wave/2.mp4')).toEqual([['wave', '1.mp4', '2.mp4']]);
  expect(classesOf('1.mp4')).toEqual([]);
});
