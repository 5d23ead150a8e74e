/** `tsrv completion`: the script for one shell. */
import type { Command } from 'commander'
import { bashCompletion } from '../completion/bash.ts'
import { fishCompletion } from '../completion/fish.ts'
import type { Shell } from '../completion/shells.ts'
import { placesOf } from '../completion/words.ts'
import { zshCompletion } from '../completion/zsh.ts'
import { printLine } from '../render/terminal.ts'

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

export function completion(shell: Shell, program: Command): number {
  printLine(SCRIPTS[shell](placesOf(program)).trimEnd())
  return 0
}
