import { describe, it } from 'node:test'
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { ReadText } from '../../../src/util/cgroup.ts'
import { availableCpus, cpuQuota } from '../../../src/util/cpu-limit.ts'

const V2_MOUNT = '41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n'

function files(texts: Record<string, string>): ReadText {
  return (file) => texts[file]
}

function withQuota(cpuMax: string): ReadText {
  return files({
    '/proc/self/cgroup': '0::/\n',
    '/proc/self/mountinfo': V2_MOUNT,
    '/sys/fs/cgroup/cpu.max': cpuMax,
  })
}

describe('the CPU quota', () => {
  it('is read from the own group of control groups version 2', () => {
    const read = files({
      '/proc/self/cgroup': '0::/app.slice/tsrv.service\n',
      '/proc/self/mountinfo': V2_MOUNT,
      '/sys/fs/cgroup/app.slice/tsrv.service/cpu.max': '150000 100000\n',
    })
    assert.equal(cpuQuota(read), 1.5)
  })

  it('is the tightest one among the ancestors', () => {
    const read = files({
      '/proc/self/cgroup': '0::/a/b\n',
      '/proc/self/mountinfo': V2_MOUNT,
      '/sys/fs/cgroup/a/b/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/a/cpu.max': '300000 100000\n',
      '/sys/fs/cgroup/cpu.max': '400000 100000\n',
    })
    assert.equal(cpuQuota(read), 3)
  })

  it('is read from the mount itself in a container with a cgroup namespace', () => {
    const read = files({
      '/proc/self/cgroup': '0::/\n',
      '/proc/self/mountinfo': V2_MOUNT,
      '/sys/fs/cgroup/cpu.max': '50000 100000\n',
    })
    assert.equal(cpuQuota(read), 0.5)
  })

  it('is read from the mount itself where the mount shows only the group of the container', () => {
    const read = files({
      '/proc/self/cgroup': '12:cpu,cpuacct:/docker/4f\n4:memory:/docker/4f\n0::/docker/4f\n',
      '/proc/self/mountinfo':
        '9 8 0:1 /docker/4f /sys/fs/cgroup/cpu,cpuacct ro master:11 - cgroup cgroup rw,cpu,cpuacct\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '200000\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    })
    assert.equal(cpuQuota(read), 2)
  })

  it('is read from version 1 on a machine that mounts both versions', () => {
    const read = files({
      '/proc/self/cgroup': '3:cpuset:/\n1:cpu:/jobs/7\n0::/\n',
      '/proc/self/mountinfo': `32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n${V2_MOUNT}`,
      '/sys/fs/cgroup/cpu/jobs/7/cpu.cfs_quota_us': '250000\n',
      '/sys/fs/cgroup/cpu/jobs/7/cpu.cfs_period_us': '100000\n',
    })
    assert.equal(cpuQuota(read), 2.5)
  })

  it('is found below a mount point with a space in its name', () => {
    const read = files({
      '/proc/self/cgroup': '0::/app\n',
      '/proc/self/mountinfo': '41 31 0:38 / /mnt/c\\040groups rw - cgroup2 cgroup2 rw\n',
      '/mnt/c groups/app/cpu.max': '50000 100000\n',
    })
    assert.equal(cpuQuota(read), 0.5)
  })

  it('is that of the mount point where a namespace hides the own group', () => {
    const read = files({
      '/proc/self/cgroup': '0::/../other\n',
      '/proc/self/mountinfo': V2_MOUNT,
      '/sys/fs/cgroup/cpu.max': '250000 100000\n',
      '/sys/fs/other/cpu.max': '1000 100000\n',
    })
    assert.equal(cpuQuota(read), 2.5)
  })

  it('is not taken from the cpuset controller, whose name begins alike', () => {
    const read = files({
      '/proc/self/cgroup': '3:cpuset:/\n',
      '/proc/self/mountinfo': '32 31 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n',
      '/sys/fs/cgroup/cpuset/cpu.cfs_quota_us': '100000\n',
      '/sys/fs/cgroup/cpuset/cpu.cfs_period_us': '100000\n',
    })
    assert.equal(cpuQuota(read), undefined)
  })

  it('is none where -1 or max says so, and where there are no control groups', () => {
    const unlimited = files({
      '/proc/self/cgroup': '1:cpu:/\n0::/\n',
      '/proc/self/mountinfo': `32 31 0:29 / /cpu rw - cgroup cgroup rw,cpu\n${V2_MOUNT}`,
      '/cpu/cpu.cfs_quota_us': '-1\n',
      '/cpu/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu.max': 'max 100000\n',
    })
    assert.equal(cpuQuota(unlimited), undefined)
    assert.equal(cpuQuota(files({})), undefined)
  })

  it('survives any text in the files', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (cgroup, mounts, quota) => {
        const found = cpuQuota((file) =>
          file === '/proc/self/cgroup' ? cgroup : file === '/proc/self/mountinfo' ? V2_MOUNT + mounts : quota,
        )
        assert.ok(found === undefined || found > 0)
      }),
    )
  })
})

describe('the available processors', () => {
  it('round a quota up, so that half a processor is one', () => {
    assert.equal(availableCpus(withQuota('50000 100000'), 8), 1)
    assert.equal(availableCpus(withQuota('210000 100000'), 8), 3)
  })

  it('are never more than the process may run on', () => {
    assert.equal(availableCpus(withQuota('1600000 100000'), 2), 2)
  })

  it('are those the process may run on when there is no quota', () => {
    assert.equal(availableCpus(files({}), 6), 6)
  })

  it('can be told on this machine', () => {
    assert.ok(availableCpus() >= 1)
  })
})
