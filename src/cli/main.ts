/** From arguments to an exit status; every error ends here as one message. */
import { type Command, CommanderError } from 'commander'
import { TsrvError } from '../errors.ts'
import { createProgram } from './program.ts'
import { printError } from './render/error.ts'

/** @param argv without the program itself */
export async function main(argv: readonly string[]): Promise<number> {
  const result = { exitCode: 0, argv }
  try {
    const program = createProgram(result)
    await program.parseAsync(asked(argv, program), { from: 'user' })
    return result.exitCode
  } catch (error) {
    // Commander has printed its own message.
    if (error instanceof CommanderError) return error.exitCode
    printError(error)
    return error instanceof TsrvError ? error.exitCode : 1
  }
}

function asked(argv: readonly string[], program: Command): readonly string[] {
  // Asked for nothing, it tells what it can do.
  if (argv.length === 0) return ['--help']
  const [verb, word] = argv
  const isKnown = word === undefined || word === 'help' || program.commands.some((one) => one.name() === word)
  // The help of what there is not: as if it had been called, with the name that was meant.
  return verb === 'help' && !isKnown ? [word] : argv
}
