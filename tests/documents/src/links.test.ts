/** @file Every link of every document leads to a file, and to a heading where it names one. */
import { existsSync, statSync } from 'node:fs';
import { ROOT, documents, textOf } from './documents.js';

/** The text without code, where brackets are not links. */
const prose = (text: string): string =>
  text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '`');

/** The anchors of a document's headings, as hosts of repositories and TypeDoc make them. */
function anchors(document: string): ReadonlySet<string> {
  const headings = textOf(document)
    .replace(/^```[\s\S]*?^```/gm, '')
    .matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

const linksOf = (document: string): readonly string[] =>
  [...prose(textOf(document)).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target!);

const problemOf = (document: string, link: string): string | undefined => {
  if (/^(?:https?|mailto):/.test(link)) {
    return URL.canParse(link) ? undefined : 'is no address';
  }
  const [path, anchor] = link.split('#') as [string, string?];
  const target = path === '' ? new URL(document, ROOT) : new URL(path, new URL(document, ROOT));
  if (!existsSync(target)) return 'does not exist';
  if (anchor === undefined || statSync(target).isDirectory()) return undefined;
  const name = decodeURI(target.href.slice(ROOT.href.length));
  return anchors(name).has(anchor) ? undefined : 'has no such heading';
};

test.each(documents())('%s', (document) => {
  const broken = linksOf(document).flatMap((link) => {
    const problem = problemOf(document, link);
    return problem ? [`${link} ${problem}`] : [];
  });
  expect(broken).toEqual([]);
});

test('the guides are all linked from the README, and are pages of the documentation', () => {
  const guides = documents('docs/').map((path) => path.slice('docs/'.length));
  const linked = linksOf('README.md').map((link) => link.replace(/^docs\//, ''));
  const { projectDocuments } = JSON.parse(textOf('typedoc.json')) as { projectDocuments: string[] };
  expect(guides.filter((guide) => !linked.includes(guide))).toEqual([]);
  expect(guides.filter((guide) => !projectDocuments.includes(`docs/${guide}`))).toEqual([]);
});
