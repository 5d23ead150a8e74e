/** What is said of a call that cannot be understood: in our form, whoever found the fault. */
import { type Argument, type Command, InvalidArgumentError, type Option } from 'commander'
import { TsrvError } from '../errors.ts'
import { usageFault } from './render/error.ts'

/** Of this command and those that are added to it later: faults that commander finds itself. */
export function showFaults(command: Command): Command {
  return command.configureOutput({ outputError: (text, write) => write(usageFault(text)) })
}

/** A value that its option or argument does not take becomes an error that names it, as every other one of ours. */
export function nameValues(command: Command, path: string): void {
  for (const option of command.options) named(option, option.flags, path)
  for (const argument of command.registeredArguments)
    named(argument, argument.required ? `<${argument.name()}>` : `[${argument.name()}]`, path)
}

function named(taker: Option | Argument, name: string, command: string): void {
  const { parseArg } = taker
  if (parseArg === undefined) return
  taker.parseArg = <Value>(value: string, before: Value): Value => {
    try {
      return parseArg(value, before)
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error
      throw new TsrvError('ARGUMENT_INVALID', { value, name, expected: error.message, command })
    }
  }
}
