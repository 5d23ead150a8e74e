/**
 * Who has an address that we want: the one thing an operator needs to know after "already in use".
 * Linux only, best effort: sockets of other users stay anonymous, and a big machine is not searched to the end.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { isIPv6, SocketAddress } from 'node:net'
import { parseProcStat } from '../util/process-identity.ts'

export interface PortHolder {
  readonly pid: number
  /** Its command line; of a tsrv process its title. */
  readonly command: string
}

export interface SearchOptions {
  /** For tests. Default `/proc`. */
  readonly proc?: string | undefined
  /** Milliseconds after which the search gives up. Default 500: nothing else is left to do than to say so. */
  readonly budget?: number | undefined
}

/** @returns undefined when nobody listens there or it cannot be told who does. */
export function findPortHolder(
  address: { readonly host: string; readonly port: number },
  options: SearchOptions = {},
): PortHolder | undefined {
  const { proc = '/proc' } = options
  const tables = ['tcp', 'tcp6'].map((table) => read(`${proc}/net/${table}`))
  return findOwner(
    tables.flatMap((table) => listeningInodes(table, address)),
    options,
  )
}

/** The same for a Unix socket, or a name of the abstract namespace written with `@`. */
export function findUnixHolder(name: string, options: SearchOptions = {}): PortHolder | undefined {
  const lines = read(`${options.proc ?? '/proc'}/net/unix`).split('\n')
  // Num RefCount Protocol Flags Type St Inode Path
  const inodes = lines.flatMap((line) => {
    const [, inode, path] = /^\S+: (?:\S+ ){5} *(\d+) (.*)$/.exec(line) ?? []
    return inode !== undefined && path === name ? [inode] : []
  })
  return findOwner(inodes, options)
}

/** Whether a command line is that of a process of ours. */
export function isTsrvCommand(command: string): boolean {
  return command.startsWith('tsrv: ') || /(?:^|[\s/])tsrv(?:\.js)?(?:\s|$)/.test(command)
}

const LISTENING = '0A'

/** Reads `/proc/net/tcp` and `tcp6` (proc_pid_net(5)): inodes of listening sockets that cover the address. */
export function listeningInodes(
  table: string,
  address: { readonly host: string; readonly port: number },
): string[] {
  const wanted = canonical(address.host)
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
    const [hex = '', port = ''] = local.split(':')
    if (state !== LISTENING || inode === undefined || Number.parseInt(port, 16) !== address.port) return []
    const host = decodeHost(hex)
    return host === wanted || isWildcard(host) || isWildcard(wanted) ? [inode] : []
  })
}

/** The kernel prints each 32-bit word in the byte order of the machine, little-endian wherever Node runs well. */
function decodeHost(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].toReversed())
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0)).toString(16),
  )
  return canonical(groups.join(':'))
}

/** One spelling for each address; an IPv4 address in IPv6 clothes counts as IPv4. */
function canonical(host: string): string {
  const bare = host.replace(/%.*$/, '')
  if (!isIPv6(bare)) return bare
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' })
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function findOwner(
  inodes: readonly string[],
  { proc = '/proc', budget = 500 }: SearchOptions,
): PortHolder | undefined {
  if (inodes.length === 0) return undefined
  const links = new Set(inodes.map((inode) => `socket:[${inode}]`))
  const giveUpAt = performance.now() + budget
  for (const entry of list(proc)) {
    if (performance.now() > giveUpAt) return undefined
    if (!/^\d+$/.test(entry) || !holdsAny(`${proc}/${entry}/fd`, links)) continue
    const pid = eldestHolder(proc, Number(entry), links)
    return { pid, command: commandOf(`${proc}/${pid}`) }
  }
  return undefined
}

/** Of several processes that share the socket, the one that handed it down: stopping a child would not free it. */
function eldestHolder(proc: string, pid: number, links: ReadonlySet<string>): number {
  const parent = parseProcStat(read(`${proc}/${pid}/stat`))?.parent ?? 0
  return parent > 0 && holdsAny(`${proc}/${parent}/fd`, links) ? eldestHolder(proc, parent, links) : pid
}

function holdsAny(folder: string, links: ReadonlySet<string>): boolean {
  return list(folder).some((fd) => links.has(link(`${folder}/${fd}`)))
}

const LONGEST_COMMAND = 120

function commandOf(folder: string): string {
  // Titles leave the unused rest of the command line as NULs. Control characters would play with the terminal.
  const words =
    read(`${folder}/cmdline`)
      .replaceAll(/[\p{Cc}\s]+/gu, ' ')
      .trim() || read(`${folder}/comm`).trim()
  return words.length > LONGEST_COMMAND ? `${words.slice(0, LONGEST_COMMAND)}…` : words
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file)
  } catch {
    return ''
  }
}
