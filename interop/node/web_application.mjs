// What the web applications beside this file share: a server that says where it listens, and sessions in its memory.

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import express from 'express'

/** An application on a free port, which `serve` tells of once it has its routes; what fails is answered with the library's own words. */
export async function application() {
  const app = express()
  const server = createServer(app)
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address()
  const base = `http://localhost:${port}`
  const serve = () => {
    app.use((error, request, response, next) => {
      const { code, error: refusal, error_description: why, message, cause } = error
      response.status(error.status ?? 500).json({ code, error: refusal, why, message, cause: String(cause) })
    })
    console.log(JSON.stringify({ listen: [`127.0.0.1:${port}`], url: base }))
  }
  return { app, base, serve }
}

/** Sessions, each found by a cookie. */
export function sessions() {
  const kept = new Map()
  const id = (request) => /application=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
  return {
    begin(response, session) {
      const name = randomUUID()
      kept.set(name, session)
      response.setHeader('set-cookie', `application=${name}; HttpOnly; SameSite=Lax; Path=/`)
    },
    of(request) {
      const session = kept.get(id(request))
      if (!session) throw Object.assign(new Error('nobody is logged in'), { status: 401 })
      return session
    },
    end(request) {
      const session = this.of(request)
      kept.delete(id(request))
      return session
    },
  }
}
