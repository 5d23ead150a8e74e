/** The code blocks of README and docs, and folders to try them in. */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export const ROOT = path.resolve(import.meta.dirname, '..')
export const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: ROOT })]

export interface Block {
  readonly document: string
  readonly line: number
  readonly language: string
  readonly text: string
}

export function textOf(document: string): string {
  return readFileSync(path.join(ROOT, document), 'utf8')
}

export function blocksOf(document: string, text = textOf(document)): Block[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
    ({ index, 1: language = '', 2: content = '' }) => ({
      document,
      line: text.slice(0, index).split('\n').length,
      language,
      text: content,
    }),
  )
}

export const blocks = DOCUMENTS.flatMap((document) => blocksOf(document))
export const inLanguage = (language: string): Block[] => blocks.filter((block) => block.language === language)
export const place = ({ document, line }: Block): string => `${document}:${line}`

export function temporary(): Disposable & { readonly dir: string } {
  const dir = mkdtempSync(path.join(tmpdir(), 'tsrv-docs-'))
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}

export function write(dir: string, name: string, text: string): void {
  mkdirSync(path.dirname(path.join(dir, name)), { recursive: true })
  writeFileSync(path.join(dir, name), text)
}

/** A block that begins with `// some/file.ts` is that file; blocks of one document may import each other. */
export function fileOf({ document, line, text }: Block): string {
  const name = /^\/\/ ([\w./-]+\.ts)\b/.exec(text)?.[1] ?? `line-${line}.ts`
  return path.join(document.replace(/\.md$/, ''), name)
}

/** The project that a document builds up, in a folder of its own. */
export function projectOf(document: string, dir: string): void {
  for (const block of blocks.filter((one) => one.document === document && one.language === 'ts')) {
    write(dir, path.relative(document.replace(/\.md$/, ''), fileOf(block)), block.text)
  }
  write(dir, 'package.json', '{ "name": "docs", "type": "module" }')
}
