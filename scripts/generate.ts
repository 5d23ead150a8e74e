/** `npm run generate`: writes the files that derive from tables in src; a test fails when one of them is stale. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { generatedFiles, ROOT } from './generated-files.ts'

for (const { path: name, text } of generatedFiles()) writeFileSync(path.join(ROOT, name), text)
