// Runs in a task worker. Stands in for a mail server: writes the mail into the folder "data/outbox".
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { TaskEvent } from '@tsrv/server'
import type { Mail } from '../mail.ts'

const outbox = path.join(import.meta.dirname, '..', '..', 'data', 'outbox')

export default async function sendMail(event: TaskEvent): Promise<string> {
  const mail = event.data as Mail
  const file = path.join(outbox, `${event.taskId}.eml`)
  await mkdir(outbox, { recursive: true })
  await writeFile(file, asMessage(mail))
  return path.relative(process.cwd(), file)
}

function asMessage({ from, name, message }: Mail): string {
  const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ')
  return `From: "${oneLine(name).replaceAll('"', '')}" <${oneLine(from)}>\nTo: office@example.com\nSubject: Contact form\n\n${message}\n`
}
