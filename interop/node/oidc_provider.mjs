// An authority that is not ours: oidc-provider with client credentials, private_key_jwt and DPoP with nonces.
// It prints one line of JSON once it listens, and runs until it is killed.
//
// Environment: CLIENT_ID, CLIENT_JWK_FILE (the public key), SCOPE, AUDIENCE.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'

const { CLIENT_ID, CLIENT_JWK_FILE, SCOPE, AUDIENCE } = process.env
const clientKey = JSON.parse(await readFile(CLIENT_JWK_FILE, 'utf8'))
const { privateKey } = await generateKeyPair('ES256', { extractable: true })
const signingKey = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'theirs' }

const server = createServer()
await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
const issuer = `http://127.0.0.1:${server.address().port}`

const provider = new Provider(issuer, {
  jwks: { keys: [signingKey] },
  scopes: [SCOPE],
  clients: [{
    client_id: CLIENT_ID,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: 'ES256',
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: clientKey.alg,
    jwks: { keys: [clientKey] },
    scope: SCOPE,
  }],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => AUDIENCE,
      getResourceServerInfo: () => ({
        scope: SCOPE,
        audience: AUDIENCE,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})
server.on('request', provider.callback())
console.log(JSON.stringify({ listen: [new URL(issuer).host], issuer }))
