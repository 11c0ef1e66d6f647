// An authority that is not ours: oidc-provider under its profile of FAPI 2.0, with its own pages for login and logout.
// It prints one line of JSON once it listens, runs until a line comes on stdin, and then prints what it was asked for.
//
// Environment: CLIENT_ID, CLIENT_JWK_FILE (the public key), APPLICATION (where people open it), SCOPE, AUDIENCE.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline/promises'
import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'

const { CLIENT_ID, CLIENT_JWK_FILE, APPLICATION, SCOPE, AUDIENCE } = process.env
const clientKey = JSON.parse(await readFile(CLIENT_JWK_FILE, 'utf8'))
const { privateKey } = await generateKeyPair('ES256', { extractable: true })
const signingKey = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'theirs' }

const server = createServer()
await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
const issuer = `http://127.0.0.1:${server.address().port}`

const provider = new Provider(issuer, {
  jwks: { keys: [signingKey] },
  cookies: { keys: [randomBytes(32).toString('hex')], long: { httpOnly: true, signed: true, sameSite: 'none' } },
  // Logout by POST, so that no address has the ID token: as OpenID Connect RP-Initiated Logout 1.0 section 2 has it.
  enableHttpPostMethods: true,
  scopes: ['openid', 'offline_access', SCOPE],
  claims: { profile: ['name'] },
  // Claims in the ID token, as HelseID has them.
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: `${id} of elsewhere` }) }),
  // Unless told so, it gives a refresh token only for prompt=consent, which HelseID does not know.
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  pkce: { required: () => true },
  clients: [{
    client_id: CLIENT_ID,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [`${APPLICATION}/callback`],
    post_logout_redirect_uris: [`${APPLICATION}/logged-out`],
    id_token_signed_response_alg: 'ES256',
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: clientKey.alg,
    dpop_bound_access_tokens: true,
    jwks: { keys: [clientKey] },
  }],
  features: {
    devInteractions: { enabled: true },
    fapi: { enabled: true, profile: '2.0' },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    revocation: { enabled: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => AUDIENCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: SCOPE,
        audience: AUDIENCE,
        accessTokenFormat: 'jwt',
        // Less than a client keeps in reserve: each call asks for another one.
        accessTokenTTL: 20,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})

const asked = { pushed: 0, code: 0, refreshed: 0, revoked: 0, ended: 0 }
provider.on('pushed_authorization_request.success', () => { asked.pushed += 1 })
provider.on('grant.success', ({ oidc }) => {
  asked[oidc.params.grant_type === 'refresh_token' ? 'refreshed' : 'code'] += 1
})
provider.on('grant.revoked', () => { asked.revoked += 1 })
provider.on('end_session.success', () => { asked.ended += 1 })
provider.on('server_error', (_, why) => { console.error(why) })
for (const failed of ['pushed_authorization_request', 'authorization', 'grant', 'revocation', 'end_session']) {
  provider.on(`${failed}.error`, (_, why) => { console.error(failed, why.error_detail ?? why.message) })
}

server.on('request', provider.callback())
console.log(JSON.stringify({ listen: [new URL(issuer).host], issuer }))
await createInterface({ input: process.stdin }).question('').catch(() => {})
console.log(JSON.stringify(asked))
process.exit(0)
