/** `tsrv completion`: what it takes. */
import { Argument } from 'commander'
import { SHELLS, type Shell } from '../completion/shells.ts'
import type { Verb } from '../verb.ts'

const DETAILS = `The script knows all commands, options and choices by itself: pressing Tab starts no program. Make it again after an update.

  bash  add to ~/.bashrc:  eval "$(tsrv completion bash)"
  zsh   add to ~/.zshrc, after compinit:  eval "$(tsrv completion zsh)"
  fish  tsrv completion fish > ~/.config/fish/completions/tsrv.fish

Where tsrv is installed in the project alone, call it as "npx tsrv completion …".`

export const completionVerb: Verb = {
  name: 'completion',
  summary: 'Print a script that completes tsrv commands in your shell.',
  details: DETAILS,
  examples: [['eval "$(tsrv completion bash)"', 'for this shell alone']],
  exits: [
    [0, 'printed'],
    [1, 'unknown shell'],
  ],
  define(command, result) {
    command
      .addArgument(new Argument('<shell>', 'The shell that the script is for.').choices(SHELLS))
      .action(async (shell: Shell) => {
        const { completion } = await import('../commands/completion.ts')
        result.exitCode = completion(shell, command.parent ?? command)
      })
  },
}
