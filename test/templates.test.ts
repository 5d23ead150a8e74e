/** What the deployment files of `tsrv init` claim: about each other, the settings, and what a stop takes. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { load } from 'js-yaml'
import { FIELDS } from '../src/config/fields.ts'
import { parseDuration } from '../src/util/duration.ts'
import { project, tsrv } from './system/project.ts'

const TEMPLATES = path.resolve(import.meta.dirname, '../templates')
const KUBERNETES = path.join(TEMPLATES, 'kubernetes/kubernetes')
/** Seconds that a stop may take beyond its settings: services, the last tasks, the listeners of the shutdown. */
const REST_OF_A_STOP = 10

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
  readonly periodSeconds: number
  readonly failureThreshold?: number
  readonly timeoutSeconds?: number
}

interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly startupProbe: Probe
  readonly readinessProbe: Probe
  readonly livenessProbe: Probe
  readonly securityContext: object
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number
  readonly containers: readonly [Container]
  readonly volumes: readonly { readonly name: string }[]
}

interface Workload {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly template: { readonly metadata: object; readonly spec: PodSpec }
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[]
  }
}

interface Compose {
  readonly services: {
    readonly app: {
      readonly ports: readonly string[]
      readonly volumes: readonly string[]
      readonly tmpfs: readonly string[]
      readonly read_only: boolean
      readonly stop_grace_period: string
    }
  }
  readonly volumes: Readonly<Record<string, null>>
}

function yaml(file: string): unknown {
  return load(readFileSync(file, 'utf8'))
}

const seconds = (duration: string): number => Number(parseDuration(duration)) / 1000

const WORKLOADS = ['statefulset.yaml', 'deployment.yaml'].map((file) => ({
  file,
  workload: yaml(path.join(KUBERNETES, file)) as Workload,
}))

for (const { file, workload } of WORKLOADS) {
  const { spec } = workload.spec.template
  const [container] = spec.containers
  const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]))

  describe(`kubernetes/${file}`, () => {
    it('sets nothing but what tsrv knows, to values it takes', async () => {
      const dir = project('plain-app')
      const { code, stderr } = await tsrv(dir, ['config', '--check'], env)
      rmSync(dir, { recursive: true })
      assert.deepEqual([code, stderr], [0, ''])
    })

    it('gives a stop as long as it may take before it is killed', () => {
      const delay = seconds(env['TSRV_PROCESSES__SHUTDOWN_DELAY'] ?? '')
      const open = seconds(env['TSRV_PROCESSES__MAX_WAIT_TIME'] ?? '')
      assert.equal(spec.terminationGracePeriodSeconds, delay + open + REST_OF_A_STOP)
    })

    it('asks the admin listener, and finds out in time that a pod is not ready any more', () => {
      const { startupProbe, readinessProbe, livenessProbe } = container
      assert.deepEqual(
        [startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => httpGet),
        ['/ready', '/ready', '/live'].map((route) => ({ path: route, port: 'admin' })),
      )
      const admin = container.ports.find(({ name }) => name === 'admin')
      assert.equal(String(admin?.containerPort), env['TSRV_ADMIN__PORT'])
      const { periodSeconds, failureThreshold = 3, timeoutSeconds = 1 } = readinessProbe
      const noticedAfter = periodSeconds * failureThreshold + timeoutSeconds
      assert.ok(noticedAfter < seconds(env['TSRV_PROCESSES__SHUTDOWN_DELAY'] ?? ''))
    })

    it('waits longer for a start than tsrv does', () => {
      const { periodSeconds, failureThreshold = 3 } = container.startupProbe
      assert.ok(periodSeconds * failureThreshold * 1000 > Number(FIELDS['processes.bootTimeout'].default))
    })

    it('has a volume for all that is written, and a run directory that tsrv makes itself', () => {
      const claims = workload.spec.volumeClaimTemplates?.map(({ metadata }) => metadata.name) ?? []
      const volumes = [...spec.volumes.map(({ name }) => name), ...claims]
      assert.deepEqual(new Set(container.volumeMounts.map(({ name }) => name)), new Set(volumes))
      const mounts = container.volumeMounts.map(({ mountPath }) => mountPath)
      assert.deepEqual(mounts.slice(1), ['/app/data', '/tmp'])
      assert.equal(path.dirname(env['TSRV_RUN_DIR'] ?? ''), mounts[0])
    })

    it('may do nothing that the server does not need', () => {
      assert.deepEqual(container.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    })
  })
}

describe('the two workloads of kubernetes', () => {
  it('differ in their volumes alone', () => {
    const [one, other] = WORKLOADS.map(({ workload }) => ({
      name: workload.metadata.name,
      ...workload.spec.template,
      spec: { ...workload.spec.template.spec, volumes: [] },
    }))
    assert.deepEqual(one, other)
  })

  it('name volumes that live as long as each of them says', () => {
    const [kept, lost] = WORKLOADS.map(({ workload }) => workload)
    assert.deepEqual(
      kept?.spec.volumeClaimTemplates?.map(({ metadata }) => metadata.name),
      ['tsrv', 'data'],
    )
    assert.deepEqual(
      lost?.spec.template.spec.volumes,
      ['tsrv', 'data', 'tmp'].map((name) => ({ name, emptyDir: {} })),
    )
  })
})

describe('the kustomization', () => {
  const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0

  it('names files that are there', () => {
    const list = yaml(path.join(KUBERNETES, 'kustomization.yaml')) as { resources: readonly string[] }
    for (const file of list.resources) assert.ok((yaml(path.join(KUBERNETES, file)) as Workload).kind, file)
  })

  it(
    'puts the image of the user into the workload',
    { skip: !hasKubectl && 'skipped: no kubectl here' },
    () => {
      const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', KUBERNETES], { encoding: 'utf8' })
      assert.equal(status, 0, stderr)
      assert.match(stdout, /^kind: Service$/m)
      assert.match(stdout, /^kind: StatefulSet$/m)
      assert.match(stdout, /^ +image: registry\.example\.com\/app:1$/m)
    },
  )
})

describe('compose.yaml', () => {
  const file = path.join(TEMPLATES, 'docker/compose.yaml')
  const dockerfile = readFileSync(path.join(TEMPLATES, 'docker/Dockerfile'), 'utf8')
  const { services, volumes } = yaml(file) as Compose
  const { app } = services

  it('keeps what the image says is to be kept, and nothing else can be written but /tmp', () => {
    const kept = /^VOLUME (.*)$/m.exec(dockerfile)?.[1]?.split(' ')
    assert.deepEqual(
      app.volumes.map((volume) => volume.split(':')[1]),
      kept,
    )
    assert.deepEqual(
      app.volumes.map((volume) => volume.split(':')[0]),
      Object.keys(volumes),
    )
    assert.deepEqual([app.read_only, app.tmpfs], [true, ['/tmp']])
  })

  it('gives a stop as long as it may take before it is killed', () => {
    const open = Number(FIELDS['processes.maxWaitTime'].default) / 1000
    assert.equal(seconds(app.stop_grace_period), open + REST_OF_A_STOP)
  })

  it('publishes the port that the image listens on', () => {
    const port = /\bPORT=(\d+)/.exec(dockerfile)?.[1]
    assert.deepEqual(app.ports, [`${port}:${port}`])
    assert.match(dockerfile, new RegExp(`^EXPOSE ${port}$`, 'm'))
  })

  const ways = [['docker', 'compose'], ['docker-compose']] as const
  const way = ways.find(([command, ...rest]) => spawnSync(command, [...rest, 'version']).status === 0)
  it('is valid for Docker', { skip: way === undefined && 'skipped: no docker compose here' }, () => {
    const [command = '', ...rest] = way ?? []
    const { status, stderr } = spawnSync(command, [...rest, '--file', file, 'config', '--quiet'], {
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
  })
})
