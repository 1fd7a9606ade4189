/** @file The declaration of `slowfast completion`. */
import { SHELLS } from '../completion/shells.js';
import type { CommandDeclaration } from '../declaration.js';
import { outputGroup } from '../options/output.js';

/** `completion`: see its description. */
export const completion: CommandDeclaration = {
  name: 'completion',
  description: 'print what teaches a shell to complete commands, options and values',
  args: [{ name: '<shell>', description: SHELLS.join(', '), choices: SHELLS }],
  groups: [outputGroup('print one JSON object')],
  examples: [
    ['completion bash > ~/.local/share/bash-completion/completions/slowfast', 'for bash'],
    ['completion zsh > "${fpath[1]}/_slowfast"', 'for zsh'],
    ['completion fish > ~/.config/fish/completions/slowfast.fish', 'for fish'],
  ],
  load: async () => (await import('../completion.js')).completion,
};
