// What travels from the request handler to the task worker.
export interface Mail {
  readonly from: string
  readonly name: string
  readonly message: string
}
