/** What a process or thread tells of the files that it loads, in watch mode. */

/** A module file and when it was written, in milliseconds since 1970; null for one that was looked for in vain. */
export type LoadedFile = readonly [path: string, writtenAt: number | null]

/** User code has loaded these files, or wanted to; those of packages are left out. */
export interface Loaded {
  readonly type: 'loaded'
  /** Of the process or thread that has loaded them. */
  readonly generation: number
  readonly files: readonly LoadedFile[]
}
