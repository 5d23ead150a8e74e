/** The SQLite store against what every broker and every task log must do. */
import { brokerContract } from '../../contract/broker.ts'
import { taskLogContract } from '../../contract/task-log.ts'
import type { SqliteStore } from '../../../src/tasks/store/sqlite-store.ts'
import { crashImageOf, inThisThread, newPlace, onClock, openStore, type Place } from './sqlite-place.ts'

interface Home {
  readonly store: SqliteStore
  readonly place: Place
}

const homes = new WeakMap<object, Home>()

interface Options {
  readonly now: () => number
}

/** Opens stores whose queue, or log, is all that the suite knows of: its end is the end of its store. */
function opener<Part extends object>(partOf: (store: SqliteStore) => Part) {
  const openAt = async (place: Place, { now }: Options): Promise<Part> => {
    // Hundreds of stores are opened here; threads are what `sqlite-store.test.ts` is about.
    const store = await openStore(place, { startHost: inThisThread, ...onClock(now) })
    const part = new Proxy(partOf(store), {
      get: (target, name) => {
        if (name === 'close') return () => store.close()
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? (member.bind(target) as unknown) : member
      },
    })
    homes.set(part, { store, place })
    return part
  }
  return {
    open: (options: Options) => openAt(newPlace(), options),
    reopen: async (former: Part, options: Options): Promise<Part> => {
      const home = homes.get(former)
      if (home === undefined) throw new Error('not opened here')
      const image = crashImageOf(home.place)
      await home.store.close()
      return openAt(image, options)
    },
  }
}

const brokers = opener((store) => store.broker)
brokerContract('sqlite', brokers.open, brokers.reopen)

const logs = opener((store) => store.log)
taskLogContract('sqlite', logs.open, logs.reopen)
