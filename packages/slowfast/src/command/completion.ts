/** @file `slowfast completion SHELL`: a script that completes commands, options and their values. */
import { modelNames } from '@slowfast/models';
import { bashScript } from './completion/bash.js';
import { fishScript } from './completion/fish.js';
import type { Shell } from './completion/shells.js';
import { commandWords } from './completion/words.js';
import { zshScript } from './completion/zsh.js';
import type { Request } from './declaration.js';
import { DEFAULT_MODEL } from './options/model.js';
import { EXIT } from './usage-error.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** Prints the script. */
export async function completion({
  args,
  flags,
  terminal,
}: Request<{ readonly json?: boolean }>): Promise<number> {
  const shell = args[0] as Shell;
  const script = SCRIPTS[shell](commandWords([DEFAULT_MODEL, ...modelNames()]));
  terminal.out(flags.json ? `${JSON.stringify({ shell, script })}\n` : script);
  return EXIT.success;
}
