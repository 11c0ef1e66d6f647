// A web application on openid-client, with every check that it has switched on: PAR, PKCE, state, nonce, max_age, DPoP bound from the
// pushed request on, the ID token's signature, the subject of userinfo.
//
// Usage: node login_openid_client.mjs as-it-is|with-typ
// Environment: HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE, API_URL, ID_TOKEN_ALG,
// NODE_EXTRA_CA_CERTS.

import { strict as assert } from 'node:assert'
import { readFile } from 'node:fs/promises'
import { importJWK } from 'jose'
import * as client from 'openid-client'
import { application, sessions } from './web_application.mjs'

const { HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE, API_URL, ID_TOKEN_ALG } = process.env
const MAX_AGE = 300

const jwk = JSON.parse(await readFile(HELSEID_CLIENT_JWK_FILE, 'utf8'))
const key = { key: await importJWK(jwk, jwk.alg), kid: jwk.kid }
const options = process.argv[2] === 'with-typ'
  ? { [client.modifyAssertion]: (header) => { header.typ = 'client-authentication+jwt' } }
  : undefined
const config = await client.discovery(
  new URL(HELSEID_ISSUER), HELSEID_CLIENT_ID, { id_token_signed_response_alg: ID_TOKEN_ALG },
  client.PrivateKeyJwt(key, options), { execute: [client.enableNonRepudiationChecks] },
)
const session = sessions()

const { app, base, serve } = await application()

app.get('/login', async (request, response) => {
  const keys = await client.randomDPoPKeyPair('ES256')
  const DPoP = client.getDPoPHandle(config, keys)
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    maxAge: MAX_AGE,
    idTokenExpected: true,
  }
  session.begin(response, { keys, DPoP, checks })
  const url = await client.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: `${base}/callback`,
    scope: HELSEID_SCOPE,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    max_age: String(MAX_AGE),
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    dpop_jkt: await DPoP.calculateThumbprint(),
  }, { DPoP })
  response.redirect(url.href)
})

app.get('/callback', async (request, response) => {
  const { DPoP, checks } = session.of(request)
  const url = new URL(request.originalUrl, base)
  const tokens = await client.authorizationCodeGrant(config, url, checks, undefined, { DPoP })
  Object.assign(session.of(request), { tokens, claims: tokens.claims(), checks: undefined })
  response.redirect('/claims')
})

app.get('/claims', (request, response) => response.json(session.of(request).claims))

app.get('/userinfo', async (request, response) => {
  const { DPoP, tokens, claims } = session.of(request)
  response.json(await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP }))
})

app.get('/patients', async (request, response) => {
  const { DPoP, tokens } = session.of(request)
  const answer = await client.fetchProtectedResource(
    config, tokens.access_token, new URL(API_URL), 'GET', undefined, undefined, { DPoP },
  )
  response.json(`${tokens.token_type} ${answer.status}, ${Object.keys(await answer.json()).length} entries`)
})

app.get('/refresh', async (request, response) => {
  const { DPoP, tokens, claims } = session.of(request)
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
  assert.notEqual(fresh.access_token, tokens.access_token)
  assert.equal(fresh.claims().sub, claims.sub)
  Object.assign(session.of(request), { tokens: fresh })
  response.json('refreshed')
})

app.get('/logout', (request, response) => {
  const { tokens } = session.end(request)
  response.redirect(client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token, post_logout_redirect_uri: `${base}/logged-out`, state: 'logged out',
  }).href)
})

app.get('/logged-out', (request, response) => response.json(request.query.state))

serve()
