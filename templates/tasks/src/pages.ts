// The two pages of the contact form.
const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
  body { max-width: 28rem; margin: 10vh auto; padding: 0 1rem }
  h1 { font-size: 1.5rem; margin-bottom: .25rem }
  label { display: block; margin-top: 1rem; font-weight: 600 }
  input, textarea { width: 100%; box-sizing: border-box; font: inherit; padding: .5rem; border: 1px solid #8888; border-radius: .375rem }
  button { margin-top: 1.25rem; font: inherit; padding: .5rem 1.25rem; border: 0; border-radius: .375rem; background: #2563eb; color: #fff; cursor: pointer }
  .problem { color: #dc2626 }
  .quiet { opacity: .7 }
</style>
</head>
<body>
${body}
</body>
</html>
`

export function contactPage(problem?: string): string {
  return page(
    'Contact',
    `<h1>Contact us</h1>
<p class="quiet">The answer comes at once; a task worker sends the mail.</p>
${problem === undefined ? '' : `<p class="problem" role="alert">${problem}</p>`}
<form method="post" action="/contact">
  <label for="name">Name</label><input id="name" name="name" autocomplete="name">
  <label for="email">E-mail</label><input id="email" name="email" type="email" autocomplete="email" required>
  <label for="message">Message</label><textarea id="message" name="message" rows="5" required></textarea>
  <button>Send</button>
</form>`,
  )
}

export function thanksPage(taskId: number): string {
  return page(
    'Thank you',
    `<h1>Thank you!</h1>
<p>Your message is on its way as <strong>task #${taskId}</strong>.</p>
<p class="quiet">The log shows when it is done; the mail lies in the folder <code>data/outbox</code>.</p>
<p><a href="/">Write another one</a></p>`,
  )
}
