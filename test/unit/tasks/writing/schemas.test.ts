/** The same input as a schema of each library: what it makes of a good one, and what the error says of a bad one. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type } from 'arktype'
import * as v from 'valibot'
import * as z from 'zod'
import { bindServer } from '../../../../src/server.ts'
import { AbstractTask } from '../../../../src/tasks/writing/abstract-task.ts'
import { defineTask } from '../../../../src/tasks/writing/define-task.ts'
import type { StandardSchema } from '../../../../src/util/standard-schema.ts'
import { fakeServer } from '../../events/fake-server.ts'

interface Given {
  readonly to: string
  readonly sizes: readonly { readonly width: number }[]
  readonly copies?: number | undefined
}
interface Made extends Given {
  readonly copies: number
}

const OF_VALIBOT = v.object({
  to: v.pipe(v.string(), v.email()),
  sizes: v.array(v.object({ width: v.number() })),
  copies: v.optional(v.number(), 1),
})
const OF_ZOD = z.object({
  to: z.email(),
  sizes: z.array(z.object({ width: z.number() })),
  copies: z.number().default(1),
})
const OF_ARKTYPE = type({
  to: 'string.email',
  sizes: type({ width: 'number' }).array(),
  copies: 'number = 1',
})

/** Each with what it says of a text that is no address, and of a text that is no number. */
const SCHEMAS: Readonly<Record<string, readonly [StandardSchema<Given, Made>, string]>> = {
  valibot: [
    OF_VALIBOT,
    '$.to: Invalid email: Received "ada"; $.sizes[1].width: Invalid type: Expected number but received "big"',
  ],
  zod: [
    OF_ZOD,
    '$.to: Invalid email address; $.sizes[1].width: Invalid input: expected number, received string',
  ],
  arktype: [
    OF_ARKTYPE,
    // Its messages begin with the path themselves.
    '$.sizes[1].width: sizes[1].width must be a number (was a string); $.to: to must be an email address (was "ada")',
  ],
}

const GOOD = { to: 'ada@example.com', sizes: [{ width: 1 }] }
const BAD = { to: 'ada', sizes: [{ width: 1 }, { width: 'big' as unknown as number }] }

describe('a schema', () => {
  for (const [library, [schema, problems]] of Object.entries(SCHEMAS)) {
    it(`of ${library} checks the input of a defined task`, () => {
      const { server, tasks } = fakeServer()
      bindServer(server)
      try {
        const send = defineTask({ name: 'send', input: schema, run: ({ copies }) => copies + 1 })
        send.dispatch(GOOD)
        assert.deepEqual((tasks[0] as { payload: unknown }).payload, [{ ...GOOD, copies: 1 }])
        const message = `The input of send is invalid: ${problems}`
        assert.throws(() => send.dispatch(BAD), { code: 'TSRV_TASK_INPUT_INVALID', message })
        assert.equal(tasks.length, 1)
      } finally {
        bindServer(undefined)
      }
    })

    it(`of ${library} checks the parameters of a task class`, () => {
      class Send extends AbstractTask<Made, Given> {
        static override readonly input = schema
        run(): number {
          return this.parameters.copies
        }
      }
      assert.equal(new Send(GOOD).run(), 1)
      const message = `The input of Send is invalid: ${problems}`
      assert.throws(() => new Send(BAD), { code: 'TSRV_TASK_INPUT_INVALID', message })
    })
  }

  it('gives the task the types of its library', () => {
    const tasks = [
      defineTask({ name: 'v', input: OF_VALIBOT, run: ({ copies }) => copies satisfies number }),
      defineTask({ name: 'z', input: OF_ZOD, run: ({ copies }) => copies satisfies number }),
      defineTask({ name: 'a', input: OF_ARKTYPE, run: ({ copies }) => copies satisfies number }),
    ]
    for (const task of tasks) {
      // @ts-expect-error -- `to` is a text, and `sizes` is missing
      assert.throws(() => task.dispatch({ to: 1 }), { code: 'TSRV_TASK_INPUT_INVALID' })
    }
  })
})
