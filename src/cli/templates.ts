/**
 * The templates that `tsrv init` knows: the folders of `templates/`, in a checkout and in the published package. Those
 * with a `package.json` make a project, the others add something to one.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url))

/**
 * npm leaves `.gitignore` out of packages, and one in a template would decide what of it is published:
 * templates store it under this name, and `.dockerignore` likewise.
 */
const GITIGNORE = 'gitignore'
const DOT_FILES: ReadonlySet<string> = new Set([GITIGNORE, 'dockerignore'])

interface Template {
  /** Others whose files come along. */
  readonly includes: readonly string[]
  /** What to do when its files are there. */
  readonly next: readonly string[]
}

const KNOWN: Readonly<Record<string, Template>> = {
  tasks: { includes: ['docker'], next: ['npm install', 'npm start'] },
  docker: { includes: [], next: ['docker compose up --build'] },
  kubernetes: { includes: [], next: ['kubectl apply -k kubernetes'] },
  systemd: {
    includes: [],
    next: ['$EDITOR systemd/tsrv.service', 'sudo cp systemd/tsrv.service /etc/systemd/system/'],
  },
}

export interface TemplateFile {
  /** Absolute. */
  readonly source: string
  /** Relative to the project. */
  readonly target: string
}

export function templateNames(): string[] {
  return Object.keys(KNOWN)
}

/** Commands, in order. */
export function nextSteps(name: string): readonly string[] {
  return KNOWN[name]?.next ?? []
}

export function makesProject(files: readonly TemplateFile[]): boolean {
  return files.some(({ target }) => target === 'package.json')
}

/** @param templates for tests */
export function templateFiles(name: string, templates: string = TEMPLATES): TemplateFile[] {
  const root = path.join(templates, name)
  const gitignore = path.join(root, GITIGNORE)
  const leftovers = ignoredBy(existsSync(gitignore) ? readFileSync(gitignore, 'utf8') : '')
  const own = filesBelow(root, leftovers).map((source) => {
    const relative = path.relative(root, source)
    return { source, target: DOT_FILES.has(relative) ? `.${relative}` : relative }
  })
  const included = KNOWN[name]?.includes.flatMap((other) => templateFiles(other, templates)) ?? []
  return [...own, ...included]
}

/** Folders that a run of the template itself leaves in a checkout; plain names only, as our templates have them. */
function ignoredBy(gitignore: string): ReadonlySet<string> {
  const lines = gitignore.split('\n').map((line) => line.trim())
  return new Set(lines.filter((line) => line.endsWith('/')).map((line) => line.slice(0, -1)))
}

function filesBelow(folder: string, without: ReadonlySet<string>): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !without.has(name))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name)
      return entry.isDirectory() ? filesBelow(file, without) : [file]
    })
    .sort()
}
