// Answers at once; the mail is sent by a task worker.
import { server } from '@tsrv/server'
import { contactPage, thanksPage } from './pages.ts'

const html = { 'content-type': 'text/html; charset=utf-8' }

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (request.method === 'GET' && pathname === '/') return new Response(contactPage(), { headers: html })
    if (request.method === 'POST' && pathname === '/contact') return contact(request)
    return new Response('Not found\n', { status: 404 })
  },
}

async function contact(request: Request): Promise<Response> {
  const form = await request.formData()
  const mail = { from: text(form, 'email'), name: text(form, 'name'), message: text(form, 'message') }
  if (mail.from === '' || mail.message === '') {
    return new Response(contactPage('Please fill in your address and a message.'), {
      status: 422,
      headers: html,
    })
  }
  const id = server.task(mail)
  return new Response(thanksPage(id), { status: 202, headers: html })
}

function text(form: FormData, field: string): string {
  const value = form.get(field)
  return typeof value === 'string' ? value.trim() : ''
}
