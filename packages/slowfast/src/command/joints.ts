/** @file `slowfast joints VIDEO...`: the joints of the people in videos, as files that models of skeletons take and train on. */
import { dirname, join } from 'node:path';
import { isMediaError, writeTextAtomic } from '@slowfast/core';
import { openVideo } from '@slowfast/video';
import { makeFolder } from '../files/make-folder.js';
import { videoFiles } from '../files/video-files.js';
import { lazyPeople, type PeopleFinder } from '../pose/lazy-people.js';
import { checkPeople, skeletonText } from '../pose/skeleton-file.js';
import { videoSkeletons } from '../pose/video-skeletons.js';
import type { Request } from './declaration.js';
import { EXIT, reportVideo, videosOutcome } from './exit.js';
import { outputNames } from './output-names.js';
import { printableName } from './printable.js';
import { filesProgress, type Progress } from './progress.js';
import { sharedRows, type ShardFlags } from './shard.js';
import { openOptions, type VideoFlags } from './video-options.js';

interface JointsFlags extends VideoFlags, ShardFlags {
  readonly output: string;
  readonly json?: boolean;
}

/** Writes the joints of videos. */
export async function joints({ args, flags, terminal }: Request<JointsFlags>): Promise<number> {
  const files = await videoFiles(args, (text) => terminal.err(`note: ${text}\n`));
  // Over all videos: names are the same however they are shared.
  const names = await outputNames(args, files);
  const rows = sharedRows(files.length, flags, terminal);
  if (rows.length === 0) return EXIT.success;
  await makeFolder(flags.output, '--output');
  await using people = lazyPeople();
  const progress = filesProgress(terminal, rows.length);
  let failed = 0;
  try {
    for (const row of rows) {
      terminal.signal.throwIfAborted();
      const [file, output] = [files[row]!, join(flags.output, `${names[row]!}.json`)];
      const part = progress.begin(file);
      try {
        const options = { open: openOptions(flags), people, part, signal: terminal.signal };
        const { frames, seen, warnings } = await jointsOfOne(file, output, options);
        progress.end();
        for (const warning of warnings) terminal.err(`warning: ${file}: ${warning}\n`);
        terminal.out(
          flags.json
            ? `${JSON.stringify({ file, output, frames, withPeople: seen, warnings })}\n`
            : `${printableName(output)}  people on ${seen} of ${frames} frames\n`,
        );
      } catch (error) {
        if (terminal.signal.aborted || !isMediaError(error)) throw error;
        progress.end();
        reportVideo(terminal, flags.json, file, error);
        failed++;
      } finally {
        part.end();
      }
    }
  } finally {
    progress.end();
  }
  return videosOutcome(terminal, failed, rows.length);
}

interface Found {
  readonly frames: number;
  /** Frames on which somebody is. */
  readonly seen: number;
  readonly warnings: readonly string[];
}

async function jointsOfOne(
  file: string,
  output: string,
  {
    open,
    people,
    part,
    signal,
  }: {
    readonly open: ReturnType<typeof openOptions>;
    readonly people: PeopleFinder;
    readonly part: Progress;
    readonly signal: AbortSignal;
  },
): Promise<Found> {
  await using video = await openVideo(file, { ...open, signal });
  const total = video.timeline.frames;
  const indices = Array.from({ length: total }, (_, frame) => frame);
  let done = 0;
  const sequence = await videoSkeletons(video, {
    indices,
    signal,
    find: async (time, frame) => {
      const found = await people.find(time, frame);
      part.update(++done, total);
      return found;
    },
  });
  checkPeople(sequence, file);
  const seen = sequence.frames.filter((each) => each.length > 0).length;
  await makeFolder(dirname(output), '--output');
  await writeTextAtomic(output, skeletonText(sequence));
  return { frames: total, seen, warnings: video.warnings };
}
