import { filesByClass } from './files-by-class.js';

const file = (path: string) => ({ name: path.split('/').at(-1)!, webkitRelativePath: path });

test('videos are of the class whose folder they are in; all else is left out', () => {
  const paths = ['set/wave/2.mp4', 'set/clap/a.WEBM', 'set/wave/1.mov', 'set/notes.txt'];
  const others = ['set/loose.mp4', 'set/wave/.hidden.mp4', 'set/wave/readme.md'];
  const found = filesByClass([...paths, ...others].map(file));
  expect([...found].map(([name, own]) => [name, own.map((one) => one.name)])).toEqual([
    ['clap', ['a.WEBM']],
    ['wave', ['1.mov', '2.mp4']],
  ]);
});
