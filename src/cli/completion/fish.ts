/** The completion script for fish: a file `tsrv.fish` of a completions folder, or sourced. */
import type { CompletedOption, Place, Value } from './words.ts'

/** @param places as `placesOf` gives them */
export function fishCompletion(places: readonly Place[]): string {
  return `# Completion of tsrv for fish, made by: tsrv completion fish
# Whether the words so far lead to a place: fish offers what stands behind "-n" when they do.
function __tsrv_at
    set -l place
    set -l words (commandline -opc)
    for word in $words[2..-1]
        switch "$place $word"
${places
  .filter(({ path }) => path.length > 0)
  .map(({ path }) => `            case ${quote(step(path))}\n                set place ${quote(place(path))}`)
  .join('\n')}
        end
    end
    test "$place" = "$argv[1]"
end
complete -c tsrv -f
${places.flatMap(linesOf).join('\n')}
`
}

function step(path: readonly string[]): string {
  return `${place(path.slice(0, -1))} ${path.at(-1)}`
}

function place(path: readonly string[]): string {
  return path.map((word) => ` ${word}`).join('')
}

function linesOf({ path, verbs, options, argument }: Place): string[] {
  const here = `complete -c tsrv -n ${quote(`__tsrv_at ${quote(place(path))}`)}`
  return [
    ...verbs.map(({ name, says }) => `${here} -a ${name} -d ${quote(says)}`),
    ...options.map((option) => `${here} ${optionOf(option)}`),
    ...(argument === undefined ? [] : [`${here} ${proposals(argument)}`]),
  ]
}

function optionOf({ names, says, value }: CompletedOption): string {
  const written = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  const taking = value === undefined ? [] : ['-r', proposals(value)]
  return [...written, ...taking, `-d ${quote(says)}`].join(' ')
}

function proposals({ kind, words }: Value): string {
  switch (kind) {
    case 'files':
      return '-F'
    case 'folders':
      return `-f -a '(__fish_complete_directories)'`
    case 'words':
      return words.length === 0 ? '-f' : `-f -a ${quote(words.join(' '))}`
    default:
      return kind satisfies never
  }
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`
}
