/** Names by which classes and functions travel; both sides must know them. */

export interface Tags {
  /** The tag of a class or function, or undefined when it has none. */
  tagOf(exported: object): string | undefined
  /** The class or function behind a tag, or undefined when this process does not know it. */
  exportOf(tag: string): unknown
}

export const NO_TAGS: Tags = { tagOf: () => undefined, exportOf: () => undefined }
