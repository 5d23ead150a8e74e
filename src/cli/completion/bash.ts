/** The completion script for bash; works with the bash 3.2 of macOS, and without the package bash-completion. */
import type { CompletedOption, Place, Value } from './words.ts'

/** @param places as `placesOf` gives them */
export function bashCompletion(places: readonly Place[]): string {
  return `# Completion of tsrv for bash, made by: tsrv completion bash
_tsrv() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}" place='' word i
  # "--option=value" and "-o key=value" come in pieces: "=" breaks words.
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $prev == = ]]; then
    prev="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$place $word" in
${places
  .filter(({ path }) => path.length > 0)
  .map(step)
  .join('\n')}
    esac
  done
  COMPREPLY=()
  case "$place" in
${places.map(branch).join('\n')}
  esac
}
_tsrv_words() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}
_tsrv_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$cur"))
  compopt -o filenames 2>/dev/null
}
_tsrv_open() {
  _tsrv_words "$1"
  compopt -o nospace 2>/dev/null
}
complete -F _tsrv tsrv
`
}

/** A word that leads from one place to the next. */
function step({ path }: Place): string {
  const before = path
    .slice(0, -1)
    .map((word) => ` ${word}`)
    .join('')
  const here = path.map((word) => ` ${word}`).join('')
  return `      '${before} ${path.at(-1)}') place='${here}' ;;`
}

function branch({ path, verbs, options, argument }: Place): string {
  const withValue = options.filter(({ value }) => value !== undefined)
  const words = [...verbs.map(({ name }) => name), ...(argument?.kind === 'words' ? argument.words : [])]
  const rest = argument !== undefined && argument.kind !== 'words' ? propose(argument) : list(words)
  const names = options.flatMap((option) => option.names)
  return `    '${path.map((word) => ` ${word}`).join('')}')
      case "$prev" in
${withValue.map(valueBranch).join('')}        *) if [[ $cur == -* ]]; then ${list(names)}; else ${rest}; fi ;;
      esac
      ;;`
}

function valueBranch({ names, value }: CompletedOption): string {
  return `        ${names.join(' | ')}) ${value === undefined ? ':' : propose(value)} ;;\n`
}

function propose({ kind, words, isOpen }: Value): string {
  switch (kind) {
    case 'files':
      return '_tsrv_files -f'
    case 'folders':
      return '_tsrv_files -d'
    case 'words':
      return isOpen ? `_tsrv_open $'${words.join('\\n')}'` : list(words)
    default:
      return kind satisfies never
  }
}

function list(words: readonly string[]): string {
  return words.length === 0 ? ':' : `_tsrv_words $'${words.join('\\n')}'`
}
