/** Events about the server and its workers. All carry the `server` of the process in which they are dispatched. */
import type { Server } from '../server.ts'

/** Once per life of the supervisor, in the leader, when the first worker is ready. A throw stops the start. */
export class ServerStartEvent {
  readonly server: Server
  constructor(server: Server) {
    this.server = server
  }
}

/** Once per life of the supervisor, in the leader, before the last HTTP worker leaves. */
export class ServerShutdownEvent {
  readonly server: Server
  constructor(server: Server) {
    this.server = server
  }
}

/** In the old leader, before a reload begins. */
export class BeforeReloadEvent {
  readonly server: Server
  constructor(server: Server) {
    this.server = server
  }
}

/** In the new leader, after a reload has replaced the workers. */
export class AfterReloadEvent {
  readonly server: Server
  constructor(server: Server) {
    this.server = server
  }
}

/** This HTTP worker has become the leader: start what must run once per server. */
export class LeaderStartEvent {
  readonly server: Server
  constructor(server: Server) {
    this.server = server
  }
}

/** This HTTP worker is about to give up leadership: stop what `LeaderStartEvent` started. */
export class LeaderStopEvent {
  readonly server: Server
  constructor(server: Server) {
    this.server = server
  }
}

/** In every HTTP worker and task worker, before its first request or task. A throw fails the boot. */
export class WorkerStartEvent {
  readonly server: Server
  readonly workerId: number
  /** True in task workers. */
  readonly isTaskWorker: boolean
  constructor(server: Server, workerId: number, isTaskWorker: boolean) {
    this.server = server
    this.workerId = workerId
    this.isTaskWorker = isTaskWorker
  }
}

/**
 * In an HTTP worker that takes no more connections from now on, because another one has its place or the server stops. It
 * goes on answering what is open: the time to take leave of WebSockets and other connections without an end.
 */
export class WorkerDrainEvent {
  readonly server: Server
  readonly workerId: number
  /** Milliseconds until what is still open is cut. */
  readonly within: number
  /** The whole server stops; else other workers go on, and a client that comes back is served at once. */
  readonly isStop: boolean
  constructor(server: Server, terms: { workerId: number; within: number; isStop: boolean }) {
    this.server = server
    this.workerId = terms.workerId
    this.within = terms.within
    this.isStop = terms.isStop
  }
}

/** In every HTTP worker and task worker, after its last request or task. */
export class WorkerStopEvent {
  readonly server: Server
  readonly workerId: number
  readonly isTaskWorker: boolean
  constructor(server: Server, workerId: number, isTaskWorker: boolean) {
    this.server = server
    this.workerId = workerId
    this.isTaskWorker = isTaskWorker
  }
}

/** In the leader, after an HTTP worker or the task server died without being asked to. */
export class WorkerErrorEvent {
  readonly server: Server
  readonly workerId: number
  readonly pid: number
  /** Exit code, or null when a signal ended the process. */
  readonly exitCode: number | null
  /** Name of the signal, or null when the process exited. */
  readonly signal: string | null
  constructor(
    server: Server,
    death: { workerId: number; pid: number; exitCode: number | null; signal: string | null },
  ) {
    this.server = server
    this.workerId = death.workerId
    this.pid = death.pid
    this.exitCode = death.exitCode
    this.signal = death.signal
  }
}
