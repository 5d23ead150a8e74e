/** The completion script for zsh: sourced after compinit, or as a file `_tsrv` of a folder of $fpath. */
import type { CompletedOption, Place, Value } from './words.ts'

/** @param places as `placesOf` gives them */
export function zshCompletion(places: readonly Place[]): string {
  return `#compdef tsrv
# Completion of tsrv for zsh, made by: tsrv completion zsh
${places.map((place) => placeFunction(place, places)).join('\n')}
if [[ $funcstack[1] == _tsrv ]]; then
  _tsrv "$@"
else
  compdef _tsrv tsrv
fi
`
}

function placeFunction({ path, verbs, options, argument }: Place, places: readonly Place[]): string {
  const name = functionOf(path)
  const specs = options.map(optionSpec)
  if (verbs.length === 0) {
    const rest = argument === undefined ? [] : [quote(`:${escape(argument.name)}:${action(argument)}`)]
    return `${name}() {\n  _arguments ${[...specs, ...rest].join(' \\\n    ')}\n}`
  }
  const known = places.filter((one) => one.path.length === path.length + 1 && startsWith(one.path, path))
  return `${name}() {
  local curcontext="$curcontext" state line
  _arguments -C ${[...specs, "'1: :->verb'", "'*:: :->rest'"].join(' \\\n    ')}
  case $state in
    verb)
      local -a verbs=(${verbs.map((verb) => `\n        ${quote(`${escape(verb.name)}:${verb.says}`)}`).join('')}
      )
      _describe command verbs
      ;;
    rest)
      case $line[1] in
${known.map((one) => `        ${one.path.at(-1)}) ${functionOf(one.path)} ;;`).join('\n')}
      esac
      ;;
  esac
}`
}

function startsWith(path: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((word, index) => path[index] === word)
}

function functionOf(path: readonly string[]): string {
  return ['_tsrv', ...path].join('_')
}

/** `'(-w --workers)'{-w,--workers=}'[Number …]:n|auto:(auto)'`; with the brackets an option is proposed once. */
function optionSpec({ names, says, value, isRepeatable }: CompletedOption): string {
  const taking = value === undefined ? '' : `:${escape(value.name)}:${action(value)}`
  const explained = quote(`[${says.replaceAll(/[[\]\\]/g, '\\$&')}]${taking}`)
  const written = names.map((name) => `${name}${value !== undefined && name.startsWith('--') ? '=' : ''}`)
  const spelled = written.length === 1 ? (written[0] ?? '') : `{${written.join(',')}}`
  return isRepeatable ? `'*'${spelled}${explained}` : `${quote(`(${names.join(' ')})`)}${spelled}${explained}`
}

function action({ kind, words, isOpen }: Value): string {
  switch (kind) {
    case 'files':
      return '_files'
    case 'folders':
      return '_files -/'
    case 'words':
      if (words.length === 0) return ''
      return isOpen ? `compadd -S "" -- ${words.join(' ')}` : `(${words.join(' ')})`
    default:
      return kind satisfies never
  }
}

function escape(text: string): string {
  return text.replaceAll(/[:\\]/g, '\\$&')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
