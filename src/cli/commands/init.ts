/** `tsrv init`: a new project from a template, or more files for one. Nothing is ever overwritten. */
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { messageOf, TsrvError } from '../../errors.ts'
import { ownVersion } from '../../util/version.ts'
import { printCreated } from '../render/created.ts'
import { makesProject, nextSteps, type TemplateFile, templateFiles } from '../templates.ts'

/** @param dir relative to the current folder */
export function init(dir: string, template: string): number {
  const target = path.resolve(dir)
  const files = templateFiles(template)
  try {
    refuseOverwriting(target, files)
    for (const file of files) write(file, target)
  } catch (error) {
    if (error instanceof TsrvError) throw error
    throw new TsrvError('INIT_FAILED', { dir: shown(target), reason: messageOf(error) }, { cause: error })
  }
  printCreated({
    target,
    template,
    isProject: makesProject(files),
    files: files.map((file) => file.target),
    next: nextSteps(template),
  })
  return 0
}

function refuseOverwriting(target: string, files: readonly TemplateFile[]): void {
  const nearest = nearestExisting(target)
  if (!statSync(nearest).isDirectory()) {
    throw new TsrvError('INIT_FAILED', { dir: shown(target), reason: `${shown(nearest)} is a file` })
  }
  const inTheWay = files.map((file) => file.target).filter((name) => isThere(path.join(target, name)))
  if (inTheWay.length === 0) return
  throw new TsrvError('INIT_REFUSED', { dir: shown(target), files: inTheWay.join(', ') })
}

function nearestExisting(folder: string): string {
  return existsSync(folder) ? folder : nearestExisting(path.dirname(folder))
}

/** A dangling link is in the way as well: writing would follow it. */
function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined
}

function write({ source, target: name }: TemplateFile, project: string): void {
  const target = path.join(project, name)
  mkdirSync(path.dirname(target), { recursive: true })
  if (name === 'package.json') writeFileSync(target, manifest(source, project), { flag: 'wx' })
  else cpSync(source, target, { errorOnExist: true, force: false })
}

interface Manifest {
  readonly name: string
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** The template's own, with the name of the project and the tsrv that made it. */
function manifest(source: string, project: string): string {
  const template = JSON.parse(readFileSync(source, 'utf8')) as Manifest
  const name = packageName(path.basename(project)) ?? template.name
  const { devDependencies, ...rest } = template
  const dependencies = { '@tsrv/server': `^${ownVersion()}` }
  return `${JSON.stringify({ ...rest, name, dependencies, devDependencies }, null, 2)}\n`
}

/** @returns undefined when nothing that npm would take is left of it. */
export function packageName(folder: string): string | undefined {
  const name = folder
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._~-]+/g, '-')
    .replaceAll(/^[-._~]+|-+$/g, '')
  return name === '' || name.length > 214 || name === 'node_modules' ? undefined : name
}

function shown(target: string): string {
  return path.relative('', target) || '.'
}
