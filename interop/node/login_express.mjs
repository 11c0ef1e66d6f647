// A web application on express-openid-connect as it comes: it pushes its requests, and its tokens are Bearer tokens.
//
// Environment: HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE, API_URL, NODE_EXTRA_CA_CERTS.

import { strict as assert } from 'node:assert'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import openid from 'express-openid-connect'
import { application } from './web_application.mjs'

const { HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE, API_URL } = process.env
const jwk = JSON.parse(await readFile(HELSEID_CLIENT_JWK_FILE, 'utf8'))
const { app, base, serve } = await application()

app.use(openid.auth({
  issuerBaseURL: HELSEID_ISSUER,
  baseURL: base,
  clientID: HELSEID_CLIENT_ID,
  clientAuthMethod: 'private_key_jwt',
  clientAssertionSigningKey: jwk,
  secret: randomBytes(32).toString('hex'),
  authRequired: false,
  idpLogout: true,
  pushedAuthorizationRequests: true,
  authorizationParams: { response_type: 'code', scope: HELSEID_SCOPE },
  routes: { postLogoutRedirect: '/logged-out' },
}))

// After a login the library leads here.
app.get('/', (request, response) => response.redirect('/claims'))

app.get('/claims', openid.requiresAuth(), (request, response) => response.json(request.oidc.idTokenClaims))

app.get('/userinfo', openid.requiresAuth(), async (request, response) => response.json(await request.oidc.fetchUserInfo()))

app.get('/patients', openid.requiresAuth(), async (request, response) => {
  const { token_type: scheme, access_token: token } = request.oidc.accessToken
  const answer = await fetch(API_URL, { headers: { authorization: `${scheme} ${token}` } })
  response.json(`${scheme} ${answer.status}, ${Object.keys(await answer.json()).length} entries`)
})

app.get('/refresh', openid.requiresAuth(), async (request, response) => {
  const { accessToken: before, user } = request.oidc
  await before.refresh()
  assert.notEqual(request.oidc.accessToken.access_token, before.access_token)
  assert.equal(request.oidc.user.sub, user.sub)
  response.json('refreshed')
})

app.get('/logged-out', (request, response) => response.json(request.oidc.isAuthenticated() ? 'logged in' : 'logged out'))

serve()
