/** `@tsrv/server/testing`: the task path of a server inside a test, without processes and with any test runner. */
export { TestServer, type DrainOptions, type TestServerOptions } from './testing/test-server.ts'
export type { SentTask } from './testing/sent-tasks.ts'
