/** The public API of `@tsrv/server`. */
export { TsrvError, type ErrorCode } from './errors.ts'
export type { EventClass, Events, Listener, ListenerObject } from './listener.ts'
export {
  server,
  type BackoffOptions,
  type FinishCallback,
  type Logger,
  type Progress,
  type QueuedTask,
  type ReceivedTask,
  type Server,
  type ServerRole,
  type ServiceCallOptions,
  type ServiceContext,
  type ServiceDefinition,
  type ServiceHandle,
  type ServiceLookup,
  type TaskCallback,
  type TaskCallbackServer,
  type TaskHandle,
  type TaskObjectCallback,
  type TaskOptions,
  type TaskQueue,
  type TaskReport,
  type TaskWaitOptions,
} from './server.ts'
export { defineConfig, replace, type Config, type ConfigContext } from './config/config.ts'
export type { UserConfig } from './config/user-config.ts'
export { EventDispatcher } from './events/dispatcher.ts'
export { RequestEvent } from './events/request-event.ts'
export {
  AfterReloadEvent,
  BeforeReloadEvent,
  LeaderStartEvent,
  LeaderStopEvent,
  ServerShutdownEvent,
  ServerShutdownEvent as ManagerStopEvent,
  ServerStartEvent,
  ServerStartEvent as ManagerStartEvent,
  WorkerDrainEvent,
  WorkerErrorEvent,
  WorkerStartEvent,
  WorkerStopEvent,
} from './events/server-events.ts'
export { TaskErrorEvent, TaskEvent, TaskFinishEvent } from './events/task-events.ts'
export { AbstractTask, type TaskDescription } from './tasks/writing/abstract-task.ts'
export { deferred, type DeferredListener } from './tasks/writing/deferred.ts'
export { defineTask, type TaskDefaults, type TaskDefinition } from './tasks/writing/define-task.ts'
export {
  bus,
  type DispatchMessageOptions,
  type Envelope,
  type MessageBus,
} from './tasks/writing/message-bus.ts'
export { handles, type MessageHandler, type ServerTaskHandler } from './tasks/writing/message-handlers.ts'
export { reportOf } from './tasks/report-of.ts'
export { defineService } from './tasks/services/definition.ts'
export { ProgressReporter } from './tasks/writing/progress-reporter.ts'
export type { TaskManagerOptions } from './tasks/task-manager/settings.ts'
export {
  TaskManager,
  type TaskManagerEvent,
  type TaskManagerStats,
} from './tasks/task-manager/task-manager.ts'
export type { TaskProgressReport } from './tasks/task-manager/task-track.ts'
export { ServiceBasedTask, Task } from './tasks/writing/task-objects.ts'
export type { StandardSchema } from './util/standard-schema.ts'
export { Report, type ReportData, type ReportType } from './wire/report.ts'
export type { ServiceFactory, Services } from './container/container.ts'
export type { WebContext } from './http/web-listener.ts'
