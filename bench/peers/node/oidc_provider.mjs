// oidc-provider as an authority: client credentials, private_key_jwt, DPoP without nonces, and tokens that are JWTs.
//
// Environment: SIGNING_JWK_FILE (private, RS256 or ES256), CLIENT_ID, CLIENT_JWK_FILE (public), SCOPE, AUDIENCE.

import { listen, announce } from './server.mjs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { Provider, errors } from 'oidc-provider'
import { ExpiringMap, now } from './expiring_map.mjs'

const LONGEST_ASSERTION = 600
const TOKEN_LIFETIME = 600
const { SIGNING_JWK_FILE, CLIENT_ID, CLIENT_JWK_FILE, SCOPE, AUDIENCE } = process.env
const read = async (file) => JSON.parse(await readFile(file, 'utf8'))
const [signingKey, clientKey] = await Promise.all([read(SIGNING_JWK_FILE), read(CLIENT_JWK_FILE)])

/** Where the ids of assertions and proofs are kept. The library's own adapter forgets them by number, not by time. */
class Store {
  #kept = new ExpiringMap()

  async find(id) {
    return this.#kept.get(id)
  }

  async upsert(id, payload, expiresIn) {
    this.#kept.set(id, payload, now() + Math.ceil(expiresIn))
  }

  async destroy(id) {
    this.#kept.delete(id)
  }
}

const server = createServer()
const issuer = await listen(server)
const provider = new Provider(issuer, {
  adapter: Store,
  jwks: { keys: [{ ...signingKey, use: 'sig' }] },
  scopes: [SCOPE],
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
    },
  },
})
provider.on('server_error', (ctx, error) => console.error(error))
server.on('request', provider.callback())
announce(issuer)
