// The folders in which Node would look for packages. Runs on old versions of Node.
import path from 'node:path'

/** @returns {string[]} the folder itself, its parent, and so on to the root */
export function foldersUpward(folder) {
  const parent = path.dirname(folder)
  return parent === folder ? [folder] : [folder, ...foldersUpward(parent)]
}
