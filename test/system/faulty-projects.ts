/** Programs and configurations with one fault each, and what is said of it. */

export interface Fault {
  readonly what: string
  readonly fixture?: string
  readonly files?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly code: number
  readonly says: readonly RegExp[]
  /** What only a start meets. */
  readonly startOnly?: true
}

const config = (text: string): Readonly<Record<string, string>> => ({ 'tsrv.config.ts': text })
const app = (text: string): Readonly<Record<string, string>> => ({ 'app.ts': text })

export const FAULTS: readonly Fault[] = [
  {
    what: 'an unknown key',
    files: config('export default {\n  wokers: 2,\n}\n'),
    code: 78,
    says: [/tsrv\.config\.ts:2 {2}wokers {2}unknown key — did you mean "workers"\?/],
  },
  {
    what: 'a wrong type',
    files: config(`export default {\n  workers: 'many',\n}\n`),
    code: 78,
    says: [/tsrv\.config\.ts:2 {2}workers = many {2}expected an integer/],
  },
  {
    what: 'two faults at once',
    files: config(`export default {\n  wokers: 2,\n  port: 70000,\n}\n`),
    code: 78,
    says: [/wokers/, /Invalid port/, /2 problems/],
  },
  {
    what: 'a listener entry that is none',
    files: config('export default { listeners: { TaskEvent: [42] } }'),
    code: 78,
    says: [/listeners\.TaskEvent\[0\]/],
  },
  {
    what: 'a config that throws',
    files: config(`throw new Error('no database url')`),
    code: 78,
    says: [/tsrv\.config\.ts.*no database url/],
  },
  {
    what: 'two config files',
    files: { 'config.ini': '[tsrv]\nworkers = 1\n' },
    code: 78,
    says: [/Two configuration files/],
  },
  {
    what: 'a config file that is not there',
    args: ['-c', 'other.ts'],
    code: 78,
    says: [/no configuration file at .*other\.ts/],
  },
  { what: 'a port out of range', args: ['--port', '65536'], code: 78, says: [/--port.*Invalid port/] },
  {
    what: 'an unknown TSRV_ name',
    env: { TSRV_WORKRES: '2' },
    code: 78,
    says: [/TSRV_WORKRES.*did you mean "TSRV_WORKERS"/],
  },
  {
    what: 'a listener whose file is missing',
    files: config(`export default { taskWorkers: 1, listeners: { TaskEvent: './gone.ts' } }`),
    code: 1,
    says: [/Missing listener "\.\/gone\.ts" for event "TaskEvent"/],
    startOnly: true,
  },
  {
    what: 'a listener whose export is missing',
    files: {
      ...app('export default () => new Response()'),
      ...config(`export default { listeners: { WorkerStartEvent: './app.ts#gone' } }`),
    },
    code: 1,
    says: [/"\.\/app\.ts#gone" for event "WorkerStartEvent".*no such export/],
  },
  {
    what: 'a listener that cannot be called',
    files: {
      ...config(`export default { listeners: { WorkerStartEvent: './five.ts' } }`),
      'five.ts': 'export default 5',
    },
    code: 1,
    says: [/Unexpected listener "\.\/five\.ts" for event "WorkerStartEvent".*a number/],
  },
  {
    what: 'a listener that throws on load',
    files: {
      ...config(`export default { listeners: { WorkerStartEvent: './bad.ts' } }`),
      'bad.ts': `throw new Error('bad day')`,
    },
    code: 1,
    says: [/"\.\/bad\.ts" for event "WorkerStartEvent".*bad day.*bad\.ts:1/],
  },
  {
    what: 'a listener of ServerStartEvent that throws',
    files: {
      ...config(`export default { listeners: { ServerStartEvent: './bad.ts' } }`),
      'bad.ts': `export default () => { throw new Error('not today') }`,
    },
    code: 1,
    says: [/not today/],
    startOnly: true,
  },
  {
    what: 'an unknown event',
    files: config(`export default { listeners: { TaskEvnt: './app.ts' } }`),
    code: 78,
    says: [/TaskEvnt.*did you mean "TaskEvent"/],
  },
  {
    what: 'a service that is missing',
    files: config(`export default { listeners: { WorkerStartEvent: 'mailer' } }`),
    code: 1,
    says: [/"mailer"/],
  },
  { what: 'no app', fixture: 'no-app', code: 1, says: [/No app: looked for src\/app, app, src\/index/] },
  {
    what: 'an app with a syntax error',
    files: app('export default { fetch() {'),
    code: 1,
    says: [/app\.ts:1/],
  },
  {
    what: 'a module with a syntax error in JavaScript',
    files: {
      ...app(`export { default } from './handler.js'`),
      'handler.js': 'const none = 1\nexport default = 2',
    },
    code: 1,
    says: [/SyntaxError: .*handler\.js:2/],
  },
  {
    what: 'an app with an enum',
    files: app('enum A { b }\nexport default () => new Response()'),
    code: 1,
    says: [/app\.ts:1.*build this file first/],
  },
  {
    what: 'an app that throws on load',
    files: app(`throw new Error('no secrets')`),
    code: 1,
    says: [/no secrets.*app\.ts:1/],
  },
  {
    what: 'an app that exports nothing',
    files: app('export const fetch = 1'),
    code: 1,
    says: [/exports no default/],
  },
  {
    what: 'an app that ends its process',
    files: app('process.exit(7)'),
    code: 1,
    says: [/HTTP worker \d.*: the app called process\.exit\(7\) at .*app\.ts:1:9/],
  },
  {
    what: 'an app that takes too long to load',
    files: {
      ...config(`export default { processes: { bootTimeout: '300ms' } }`),
      ...app(
        'await new Promise((resolve) => setTimeout(resolve, 60000))\nexport default () => new Response()',
      ),
    },
    code: 1,
    says: [/not ready within 0\.3 s.*bootTimeout/],
  },
  {
    what: 'a host that is not ours',
    args: ['--host', '192.0.2.1'],
    code: 1,
    says: [/192\.0\.2\.1.*no network interface/],
  },
]
