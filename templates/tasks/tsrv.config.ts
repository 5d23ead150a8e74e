import { defineConfig } from '@tsrv/server'

export default defineConfig({
  workers: 2,
  taskWorkers: 2,
  app: './src/app.ts',
  listeners: {
    TaskEvent: './src/listeners/send-mail.ts',
    TaskFinishEvent: './src/listeners/log-finish.ts',
  },
})
