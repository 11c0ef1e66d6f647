// oidc-provider as an authority: client credentials, private_key_jwt, DPoP without nonces, and tokens that are JWTs.
// With REDIRECT_URI also logins: pushed requests, codes, and refresh tokens that are good once.
//
// Environment: SIGNING_JWK_FILE (private, RS256 or ES256), CLIENT_ID, CLIENT_JWK_FILE (public), SCOPE, AUDIENCE, REDIRECT_URI.

import { listen, announce } from './server.mjs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { Provider, errors } from 'oidc-provider'
import { ExpiringMap, now } from './expiring_map.mjs'
import { browserOf, forLogins } from './oidc_provider_logins.mjs'

const LONGEST_ASSERTION = 600
const TOKEN_LIFETIME = 600
const { SIGNING_JWK_FILE, CLIENT_ID, CLIENT_JWK_FILE, SCOPE, AUDIENCE, REDIRECT_URI } = process.env
const read = async (file) => JSON.parse(await readFile(file, 'utf8'))
const [signingKey, clientKey] = await Promise.all([read(SIGNING_JWK_FILE), read(CLIENT_JWK_FILE)])

/** What the stores of all kinds share: the ids of sessions by their other name. */
const sessions = new ExpiringMap()

/** Where the ids of assertions and proofs, and what logins need, are kept. The library's own adapter forgets them by number, not by time. */
class Store {
  #kept = new ExpiringMap()

  async find(id) {
    return this.#kept.get(id)
  }

  async upsert(id, payload, expiresIn) {
    const end = now() + Math.ceil(expiresIn)
    this.#kept.set(id, payload, end)
    if (payload.uid !== undefined) sessions.set(payload.uid, id, end)
  }

  async findByUid(uid) {
    return this.find(sessions.get(uid))
  }

  async consume(id) {
    const payload = await this.find(id)
    if (payload !== undefined) payload.consumed = now()
  }

  async revokeByGrantId() {}

  async destroy(id) {
    this.#kept.delete(id)
  }
}

const server = createServer()
const issuer = await listen(server)
const logins = REDIRECT_URI === undefined ? undefined : forLogins({ scope: SCOPE, audience: AUDIENCE, redirectUri: REDIRECT_URI })
const provider = new Provider(issuer, {
  ...logins?.provider,
  adapter: Store,
  jwks: { keys: [{ ...signingKey, use: 'sig' }] },
  scopes: [...(logins?.scopes ?? []), SCOPE],
  clientAuthMethods: ['private_key_jwt'],
  clients: [{
    client_id: CLIENT_ID,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: signingKey.alg,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: clientKey.alg,
    jwks: { keys: [clientKey] },
    scope: SCOPE,
    ...logins?.client,
  }],
  assertJwtClientAuthClaimsAndHeader: async (ctx, { exp }) => {
    if (exp > now() + LONGEST_ASSERTION) throw new errors.InvalidClientAuth('the assertion lives too long')
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    dPoP: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => AUDIENCE,
      getResourceServerInfo: () => ({
        scope: SCOPE,
        audience: AUDIENCE,
        accessTokenFormat: 'jwt',
        accessTokenTTL: TOKEN_LIFETIME,
        jwt: { sign: { alg: signingKey.alg } },
      }),
      useGrantedResource: () => logins !== undefined,
    },
  },
})
provider.on('server_error', (ctx, error) => console.error(error))
const answer = provider.callback()
const cookies = logins === undefined ? undefined : await browserOf(provider)
server.on('request', (request, response) => {
  if (request.url !== '/bench-cookies' || cookies === undefined) return answer(request, response)
  const body = JSON.stringify({ cookies })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
})
announce(issuer)
