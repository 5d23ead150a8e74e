/** On how many sockets a process accepts connections, as the system knows it. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Number of listening TCP sockets that a process has open; Linux only. */
export function listenersOf(pid: number): number {
  const inodes = new Set(
    readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A')
      .map((fields) => `socket:[${fields[9]}]`),
  )
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`))
  return links.filter((link) => inodes.has(link)).length
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file)
  } catch {
    return ''
  }
}
