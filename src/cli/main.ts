/** From arguments to an exit status; every error ends here as one message. */
import { CommanderError } from 'commander'
import { TsrvError } from '../errors.ts'
import { createProgram } from './program.ts'
import { printError } from './render/error.ts'

/** @param argv without the program itself */
export async function main(argv: readonly string[]): Promise<number> {
  const result = { exitCode: 0 }
  try {
    // Asked for nothing, it tells what it can do.
    const asked = argv.length === 0 ? ['--help'] : [...argv]
    await createProgram(result).parseAsync(asked, { from: 'user' })
    return result.exitCode
  } catch (error) {
    // Commander has printed its own message.
    if (error instanceof CommanderError) return error.exitCode
    printError(error)
    return error instanceof TsrvError ? error.exitCode : 1
  }
}
