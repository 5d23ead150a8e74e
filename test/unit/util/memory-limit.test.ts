import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { ReadText } from '../../../src/util/cgroup.ts'
import { availableMemory, memoryLimit } from '../../../src/util/memory-limit.ts'

const MACHINE = 8e9
const V2_MOUNT = '41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n'

function files(texts: Readonly<Record<string, string>>): ReadText {
  return (file) => texts[file]
}

/** In the group /a/b of version 2, with these files in it or around it. */
function grouped(texts: Readonly<Record<string, string>>): ReadText {
  const placed = Object.entries(texts).map(([file, text]) => [`/sys/fs/cgroup${file}`, text])
  return files({
    '/proc/self/cgroup': '0::/a/b\n',
    '/proc/self/mountinfo': V2_MOUNT,
    ...Object.fromEntries(placed),
  })
}

describe('the memory limit', () => {
  it('is read from the own group of control groups version 2', () => {
    assert.equal(memoryLimit(grouped({ '/a/b/memory.max': '268435456\n' }), MACHINE), 268_435_456)
  })

  it('is the tightest one among the ancestors', () => {
    const read = grouped({ '/a/b/memory.max': '3000\n', '/a/memory.max': '2000\n', '/memory.max': 'max\n' })
    assert.equal(memoryLimit(read, MACHINE), 2000)
  })

  it('is also where the kernel begins to slow the group down', () => {
    const read = grouped({ '/a/b/memory.max': '3000\n', '/a/b/memory.high': '2500\n' })
    assert.equal(memoryLimit(read, MACHINE), 2500)
  })

  it('is read from the mount itself in a container with a cgroup namespace', () => {
    const read = files({
      '/proc/self/cgroup': '0::/\n',
      '/proc/self/mountinfo': V2_MOUNT,
      '/sys/fs/cgroup/memory.max': '1000\n',
    })
    assert.equal(memoryLimit(read, MACHINE), 1000)
  })

  it('is read from version 1, where the mount shows only the group of the container', () => {
    const read = files({
      '/proc/self/cgroup': '12:cpu,cpuacct:/docker/4f\n4:memory:/docker/4f\n0::/\n',
      '/proc/self/mountinfo':
        '9 8 0:1 /docker/4f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n' +
        '9 8 0:2 /docker/4f /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '500000\n',
    })
    assert.equal(memoryLimit(read, MACHINE), 500_000)
  })

  it('is not the reservation of version 1, which is a wish', () => {
    const read = files({
      '/proc/self/cgroup': '4:memory:/jobs\n',
      '/proc/self/mountinfo': '9 8 0:1 / /mem rw - cgroup cgroup rw,memory\n',
      '/mem/jobs/memory.soft_limit_in_bytes': '1000\n',
      '/mem/jobs/memory.limit_in_bytes': '2000\n',
    })
    assert.equal(memoryLimit(read, MACHINE), 2000)
  })

  it('is none where max, zero or more than the machine has says so, and without control groups', () => {
    const unlimited = files({
      '/proc/self/cgroup': '4:memory:/\n0::/\n',
      '/proc/self/mountinfo': `9 8 0:1 / /mem rw - cgroup cgroup rw,memory\n${V2_MOUNT}`,
      '/mem/memory.limit_in_bytes': '9223372036854771712\n',
      '/sys/fs/cgroup/memory.max': 'max\n',
      '/sys/fs/cgroup/memory.high': '0\n',
    })
    assert.equal(memoryLimit(unlimited, MACHINE), undefined)
    assert.equal(memoryLimit(files({}), MACHINE), undefined)
  })

  it('survives any text in the files', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (cgroup, mounts, limit) => {
        const found = memoryLimit(
          (file) =>
            file === '/proc/self/cgroup'
              ? `0::/\n${cgroup}`
              : file === '/proc/self/mountinfo'
                ? V2_MOUNT + mounts
                : limit,
          MACHINE,
        )
        assert.ok(found === undefined || (found > 0 && found < MACHINE))
      }),
    )
  })
})

describe('the available memory', () => {
  it('is that of the container when it has less than the machine', () => {
    assert.equal(availableMemory(grouped({ '/a/b/memory.max': '1000\n' }), MACHINE), 1000)
  })

  it('is that of the machine otherwise', () => {
    assert.equal(availableMemory(files({}), MACHINE), MACHINE)
    assert.equal(availableMemory(grouped({ '/a/b/memory.max': '9000000000\n' }), MACHINE), MACHINE)
  })

  it('can be told on this machine', () => {
    assert.ok(availableMemory() > 2 ** 20)
    assert.ok(availableMemory() < 2 ** 50)
  })
})
