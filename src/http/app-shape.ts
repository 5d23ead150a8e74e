/** What an app of any kind is turned into before it is served. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/** `next` ends what the app leaves open: without an error 404, with one 500 (or its `status`). */
export type Next = (error?: unknown) => void
export type NodeHandler = (request: IncomingMessage, response: ServerResponse, next: Next) => unknown
export type WebHandler = (request: Request, context: object) => unknown

/** Tells the log of an error that a framework answers by itself. */
export type ReportError = (error: unknown, request: IncomingMessage) => void

interface AppLife {
  /** The program's own server, whose upgrade listeners are served through ours. */
  readonly server?: Server
  /** Called before `start`: leaves no error unseen that the framework would keep to itself. */
  readonly watch?: (report: ReportError) => void
  /** Called once before the first request. */
  readonly start?: () => unknown
  /** Called once after the last request. */
  readonly close?: () => unknown
}

export interface NodeApp extends AppLife {
  readonly kind: 'node'
  readonly handle: NodeHandler
}

export interface WebApp extends AppLife {
  readonly kind: 'web'
  readonly handle: WebHandler
}

export type App = NodeApp | WebApp

export type AppKind = 'node' | 'web' | 'auto'
