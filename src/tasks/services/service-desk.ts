/** Inside a service: answers the calls of its methods. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server as NetServer } from 'node:net'
import { TsrvError } from '../../errors.ts'
import type { ServiceMethods } from '../../server.ts'
import { decodePayload, encodePayload } from '../../wire/payload.ts'
import { type ServiceAnswer, type ServiceCall, serviceCodec } from '../../wire/service-calls.ts'
import { SocketChannel } from '../../wire/socket-channel.ts'
import type { Tags } from '../../wire/tags.ts'
import { packError } from '../task-error.ts'

export interface ServiceDeskOptions {
  readonly name: string
  readonly methods: ServiceMethods
  readonly tags: Tags
}

/** Listens without keeping the process alive. */
export async function openServiceDesk(path: string, options: ServiceDeskOptions): Promise<NetServer> {
  // A predecessor that was killed could not remove it; there is one process of a service at a time.
  rmSync(path, { force: true })
  const desk = createServer((socket) => {
    socket.unref()
    const line = new SocketChannel(socket, serviceCodec)
    line.listen({
      onMessage: (call) => void answerCall(call, options).then((answer) => line.send(answer)),
      onClose: () => {},
    })
  })
  desk.unref()
  const listening = Promise.withResolvers<void>()
  desk.once('error', listening.reject)
  desk.listen(path, listening.resolve)
  await listening.promise
  chmodSync(path, 0o600)
  return desk
}

/** Never rejects. */
async function answerCall(
  { id, method, data }: ServiceCall,
  { name, methods, tags }: ServiceDeskOptions,
): Promise<ServiceAnswer> {
  try {
    if (!Object.hasOwn(methods, method)) {
      const known = Object.keys(methods).join(', ') || 'none'
      throw new TsrvError('SERVICE_METHOD_UNKNOWN', { service: name, method, known })
    }
    const value = await methods[method]?.(decodePayload(data, tags))
    return { id, ok: true, result: encodePayload(value, tags, 'return value') }
  } catch (error) {
    return { id, ok: false, result: packError(error, tags) }
  }
}
