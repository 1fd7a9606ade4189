/** @file `slowfast studio`: the page that composes, tries, compares and trains, with this machine's models, until a signal ends it. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { FileError } from '@slowfast/core';
import { cachedWeightFiles } from '../published/cached-weights.js';
import type { Request } from './declaration.js';
import { EXIT } from './exit.js';
import { optionalPackage } from './optional-package.js';
import { untilAborted } from './until-aborted.js';

interface StudioFlags {
  readonly port: number;
  readonly json?: boolean;
}

/** Serves the page. */
export async function studio({ args, flags, terminal }: Request<StudioFlags>): Promise<number> {
  const { studioServer } = await studioPackage();
  for (const path of args) await checkFile(path);
  const files = args.map((path) => ({ name: basename(path), path }));
  const models = [...files, ...(await cachedWeightFiles())];
  await using server = await studioServer({ models, port: flags.port });
  const { url } = server;
  const names = models.map(({ name }) => name);
  terminal.out(flags.json ? `${JSON.stringify({ url, models: names })}\n` : `${url}\n`);
  await untilAborted(terminal.signal);
  return EXIT.success;
}

async function checkFile(path: string): Promise<void> {
  const entry = await stat(path).catch(() => undefined);
  if (entry?.isFile()) return;
  throw new FileError({
    site: path,
    expected: 'an .onnx file or a checkpoint',
    received: entry ? 'no file' : 'a path where no file is',
  });
}

const studioPackage = () =>
  optionalPackage('studio', '@slowfast/studio', () => import('@slowfast/studio'));
