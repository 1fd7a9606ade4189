/** @file `slowfast data check LIST`: everything that training or testing on a list would stumble over. */
import { SpecError, type Preprocessing } from '@slowfast/core';
import {
  checkClipList,
  type ClipList,
  type ClipProblem,
  type ClipProblemKind,
  type ListCheck,
} from '@slowfast/video';
import { EXIT } from './exit.js';
import { listFlagged, listNotes, type ListFlags } from './list-options.js';
import type { Request } from './declaration.js';
import { progressLine } from './progress.js';
import { openOptions, type VideoFlags } from './video-options.js';
import { isSkeletonFile } from '../pose/skeleton-file.js';
import { labelNames } from '../model/labels.js';
import { textTable } from './table.js';

interface CheckFlags extends ListFlags, VideoFlags {
  readonly other: readonly string[];
  readonly classes?: number;
  readonly labels?: string;
  readonly clip?: Preprocessing['clip'];
  readonly jobs?: number;
  readonly json?: boolean;
}

const PUBLISHED_CLIP: Preprocessing['clip'] = { frames: 32, stride: 2, fps: 30 };

/** What does not keep a list from being used. */
const HARMLESS = new Set<ClipProblemKind>(['short', 'duplicate']);

/** Checks a list. */
export async function dataCheck({
  args: [path],
  flags,
  terminal,
}: Request<CheckFlags>): Promise<number> {
  const names = flags.labels === undefined ? undefined : await labelNames(flags.labels);
  const list = await listFlagged(path!, flags, names);
  const others = await Promise.all(
    flags.other.map((other) => listFlagged(other, flags, names ?? list.classes)),
  );
  for (const entry of [list, ...others]) {
    for (const note of listNotes(entry)) terminal.err(`note: ${entry.name}: ${note}\n`);
  }
  checkVideos([list, ...others]);
  const classes = flags.classes ?? names?.length;
  const progress = progressLine(terminal, 'checking');
  let report: ListCheck;
  try {
    report = await checkClipList(list, {
      clip: flags.clip ?? PUBLISHED_CLIP,
      others,
      open: openOptions(flags),
      signal: terminal.signal,
      onProgress: progress.update,
      ...(classes === undefined ? {} : { classes }),
      ...(flags.jobs === undefined ? {} : { concurrency: flags.jobs }),
    });
  } finally {
    progress.end();
  }
  const isNote = ({ kind }: ClipProblem): boolean =>
    HARMLESS.has(kind) && !(kind === 'short' && flags.clip);
  const problems = report.problems.filter((problem) => !isNote(problem));
  const notes = report.problems.filter(isNote);
  terminal.out(
    flags.json
      ? `${JSON.stringify({ ...report, problems, notes, ok: problems.length === 0 })}\n`
      : reportText(list, names, { ...report, problems }, notes),
  );
  return problems.length === 0 ? EXIT.success : EXIT.failure;
}

/** Files of joints are no videos, though they stand in lists: each would be a broken one. */
function checkVideos(lists: readonly ClipList[]): void {
  const list = lists.find(({ clips }) => clips.some(({ path }) => isSkeletonFile(path)));
  if (!list) return;
  throw new SpecError({
    site: list.name,
    expected: 'a list of videos',
    received: 'files of joints',
    remedy: '`slowfast train` leaves out those that cannot be used, and names them',
  });
}

function reportText(
  list: ClipList,
  names: readonly string[] | undefined,
  { clips, files, counts, unlabelled, frames, seconds, problems }: ListCheck,
  notes: readonly ClipProblem[],
): string {
  const label = (index: number): string => (names ?? list.classes)?.[index] ?? '';
  const table = textTable(
    ['class', 'clips', 'name'],
    counts.map((count, index) => [String(index), String(count), label(index)]),
    new Set(['class', 'clips']),
  );
  const line = ({ path, line: at, kind, message }: ClipProblem): string =>
    `  ${kind.padEnd(9)}  ${at > 0 ? `line ${at}  ` : ''}${path}: ${message}\n`;
  const section = (title: string, entries: readonly ClipProblem[]): string =>
    entries.length === 0 ? '' : `\n${title}\n${entries.map(line).join('')}`;
  return [
    `${list.name}: ${clips} clips in ${files} files; ${frames.least} to ${frames.most} frames, `,
    `${seconds.least} to ${seconds.most} s, ${Math.round(seconds.total)} s altogether\n\n`,
    table,
    ...(unlabelled > 0 ? [`${unlabelled} clips without a class\n`] : []),
    section('Notes', notes),
    section('Problems', problems),
    problems.length === 0
      ? '\nNo problems.\n'
      : `\n${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}.\n`,
  ].join('');
}
