/** Whether a folder can be written by this user: that of a container's image often cannot. */
import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/**
 * True when `dir` lies on a file system that is mounted read-only, or does not exist and cannot be made. An existing
 * folder of another user is no such case: it was put there for a purpose, so its owner is an error to be told.
 *
 * @param access for tests; throws as `fs.accessSync()` does
 */
export function isReadOnly(
  dir: string,
  access: (folder: string, mode: number) => void = accessSync,
): boolean {
  const problem = problemOf(() => access(dir, constants.W_OK))
  if (problem === 'EROFS') return true
  if (problem !== 'ENOENT') return false
  return cannotBeMade(path.dirname(dir), access)
}

function cannotBeMade(parent: string, access: (folder: string, mode: number) => void): boolean {
  const problem = problemOf(() => access(parent, constants.W_OK))
  if (problem === 'ENOENT' && parent !== path.dirname(parent))
    return cannotBeMade(path.dirname(parent), access)
  return problem === 'EROFS' || problem === 'EACCES'
}

function problemOf(look: () => void): string | undefined {
  try {
    look()
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  }
}
