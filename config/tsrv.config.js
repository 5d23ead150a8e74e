// The same settings as in tsrv.config.ts, for a project without TypeScript.
import { defineConfig } from '@tsrv/server'

export default defineConfig({
  port: 8080,
  workers: 4,
  taskWorkers: 4,
  app: './src/app.ts',
  tasks: { modules: ['./src/tasks/*.ts', './src/events/*.ts'] },
  listeners: {
    TaskEvent: ['./src/listeners/log-task.ts'],
    TaskFinishEvent: ['./src/listeners/log-finish.ts'],
    './src/events/user-created.ts#UserCreated': [{ listener: 'welcomeMailer', deferred: true }],
  },
  processes: { maxWaitTime: '30s' },
  log: { level: 'info', access: true },
})
