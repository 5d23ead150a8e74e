/** What a function prints, instead of printing it. */
import type { TestContext } from 'node:test'

export function printed(t: TestContext, print: () => void, target: 'stdout' | 'stderr' = 'stdout'): string {
  let text = ''
  const mock = t.mock.method(process[target], 'write', (chunk: string) => {
    text += chunk
    return true
  })
  try {
    print()
  } finally {
    mock.mock.restore()
  }
  return text
}
