/** @file What every package of the repository has, so that it can be published and used by itself. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';

const root = new URL('../../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const HOME = 'https://github.com/slowfast-ts/slowfast';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly keywords: readonly string[];
  readonly homepage: string;
  readonly bugs: string;
  readonly repository: unknown;
  /** A module's files by condition, or a file that is no module. */
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly files: readonly string[];
  readonly publishConfig: unknown;
  readonly scripts?: { readonly prepack?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifest = (folder: string): Manifest =>
  JSON.parse(text(`${folder}package.json`)) as Manifest;
const FOLDERS = readdirSync(new URL('packages/', root)).map((name) => `packages/${name}/`);

const namesIn = (folder: string): readonly string[] => {
  const { dependencies, devDependencies, peerDependencies, optionalDependencies } =
    manifest(folder);
  return [dependencies, devDependencies, peerDependencies, optionalDependencies].flatMap((group) =>
    Object.keys(group ?? {}),
  );
};

test.each(FOLDERS)('%s can be published', (folder) => {
  const described = manifest(folder);
  const { version, license, exports, files, publishConfig, dependencies } = described;
  expect(version).toBe(manifest('').version);
  expect(license).toBe('Apache-2.0');
  expect(publishConfig).toEqual({ access: 'public' });
  expect(described.keywords.length).toBeGreaterThan(3);
  expect(described.homepage).toBe(`${HOME}/tree/main/${folder.slice(0, -1)}#readme`);
  expect(described.bugs).toBe(`${HOME}/issues`);
  const directory = folder.slice(0, -1);
  expect(described.repository).toEqual({ type: 'git', url: `git+${HOME}.git`, directory });
  expect(text(`${folder}LICENSE`)).toBe(text('LICENSE'));
  expect(text(`${folder}README.md`)).toMatch(/^# (?:@slowfast\/|slowfast$)/m);
  // Reference data of the tests is most of the repository's bytes.
  expect(files).toEqual(expect.arrayContaining(['dist', 'src', '!**/*.test.ts', '!**/goldens']));
  // What tests of the package share is no part of it, unless it is exported to tests of others.
  if (existsSync(new URL(`${folder}src/testing`, root)) && !('./testing' in exports)) {
    expect(files).toContain('!src/testing');
  }
  for (const target of Object.values(exports)) {
    const file = typeof target === 'string' ? target : target['@slowfast/source'];
    // What is built when the package is packed, and may not be there yet.
    if (file!.startsWith('./page/') && described.scripts?.prepack) continue;
    expect(existsSync(new URL(folder + file!.split('*')[0]!, root))).toBe(true);
  }
  for (const [name, wanted] of Object.entries(dependencies ?? {})) {
    if (name.startsWith('@slowfast/')) expect([name, wanted]).toEqual([name, version]);
  }
});

test('docs/dependencies.md gives a reason for every dependency', () => {
  const named = new Set(
    [...text('docs/dependencies.md').matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell]) =>
      cell!.split(',').map((name) => name.trim()),
    ),
  );
  const all = ['', 'examples/', 'benchmarks/', ...FOLDERS].flatMap(namesIn);
  const outside = all.filter((name) => !/^(?:@slowfast\/|slowfast$)/.test(name));
  expect([...new Set(outside)].filter((name) => !named.has(name))).toEqual([]);
});
