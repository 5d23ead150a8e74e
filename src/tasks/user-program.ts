/** What a worker of any kind loads of the user's, in the one order that all of them keep. */
import { loadServices, type Services } from '../container/container.ts'
import type { LateContainer } from '../container/late-container.ts'
import type { EventDispatcher } from '../events/dispatcher.ts'
import { loadBootModules } from '../events/boot-modules.ts'
import { type ListenerEntry, loadListeners } from '../events/listeners.ts'
import type { Server, ServerRole, ServiceLookup } from '../server.ts'
import type { Tags } from '../wire/tags.ts'
import { deferring, nameDeferred } from './writing/deferred.ts'
import type { SwooleCallbacks } from './writing/swoole-style.ts'

export interface UserProgramSettings {
  readonly root: string
  readonly boot: readonly string[]
  readonly container: string | undefined
  readonly listeners: Readonly<
    Record<string, { readonly replace: boolean; readonly entries: readonly ListenerEntry[] }>
  >
  readonly tasks: { readonly coroutine: boolean }
}

export interface UserProgramParts {
  readonly roles: readonly ServerRole[]
  /** Bound already: modules may use it while they are loaded. */
  readonly server: Server
  readonly dispatcher: EventDispatcher
  readonly tags: Tags
  readonly callbacks: SwooleCallbacks
  /** That of `server`. */
  readonly container: LateContainer
}

/**
 * Loads boot modules, container and listeners. Task modules come before, because the server needs their tags.
 *
 * @throws TsrvError what is wrong with one of them, TSRV_MODULE_FAILED or TSRV_LISTENER_*
 */
export async function loadUserProgram(
  settings: UserProgramSettings,
  parts: UserProgramParts,
): Promise<Services> {
  const { root, boot, container } = settings
  const { server } = parts
  await loadBootModules(boot, root, server)
  const services = await loadServices(container, root, server, nameDeferred)
  parts.container.loaded(services)
  await loadUserListeners(settings, { ...parts, services })
  return services
}

type ListenerParts = Omit<UserProgramParts, 'container'> & { readonly services: ServiceLookup }

/** Listeners alone: where they are wanted on a second dispatcher, for other roles. */
export async function loadUserListeners(
  { root, listeners, tasks }: Omit<UserProgramSettings, 'boot' | 'container'>,
  { roles, server, dispatcher, tags, callbacks, services }: ListenerParts,
): Promise<void> {
  const defer = deferring(server, tags)
  await loadListeners({ listeners, root, roles, services, dispatcher, defer })
  callbacks.attach(dispatcher, tasks)
}
