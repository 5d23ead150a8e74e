/** `tsrv init`: what it takes. */
import { Option } from 'commander'
import { templateNames } from '../templates.ts'
import type { Verb } from '../verb.ts'

export const initVerb: Verb = {
  name: 'init',
  summary: 'Make a new project from a template, or add to one.',
  details: 'Asks nothing, and changes nothing if one of the files is there already.',
  examples: [
    ['tsrv init shop', 'in the new folder shop'],
    ['tsrv init', 'in this folder'],
    ['npx @tsrv/server init shop', 'without installing anything before'],
    ['tsrv init --template kubernetes', 'manifests for the project in this folder'],
  ],
  exits: [
    [0, 'done'],
    [1, 'files are in the way, or the folder cannot be written'],
  ],
  define(command, result) {
    const template = new Option(
      '--template <name>',
      'What to begin with; "docker", "kubernetes" and "systemd" add to a project.',
    ).choices(templateNames())
    command
      .argument('[dir]', 'Folder of the project; default: this one.')
      .addOption(template.default('tasks'))
      .action(async (dir: string | undefined, options: { template: string }) => {
        const { init } = await import('../commands/init.ts')
        result.exitCode = init(dir ?? '.', options.template)
      })
  },
}
