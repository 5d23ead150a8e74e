/** Writes the files that derive from tables in src; a test fails when one of them is stale. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { userConfigSource } from '../src/config/user-config-source.ts'

const root = path.resolve(import.meta.dirname, '..')

writeFileSync(path.join(root, 'src/config/user-config.ts'), userConfigSource())
