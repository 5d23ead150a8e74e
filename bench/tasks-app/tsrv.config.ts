import { defineConfig } from '@tsrv/server'

export default defineConfig({ listeners: { TaskEvent: './noop.ts', TaskFinishEvent: './app.ts#finish' } })
