// An API on Express, with express-oauth2-jwt-bearer for tokens and proofs.
//
// Environment: HELSEID_ISSUER, AUDIENCE, SCOPE, SCHEME (bearer or dpop), ALG (of tokens; RS256 unless given).

import { listen, announce } from './server.mjs'
import { createServer } from 'node:http'
import express from 'express'
import bearer from 'express-oauth2-jwt-bearer'
import { decodeJwt } from 'jose'
import { PATH, PATIENTS } from './patients.mjs'
import { OLDEST_PROOF, TOLERANCE, isFirstUse } from './used_proofs.mjs'

const { HELSEID_ISSUER, AUDIENCE, SCOPE, SCHEME, ALG = 'RS256' } = process.env
const metadata = await (await fetch(`${HELSEID_ISSUER}/.well-known/openid-configuration`)).json()
const dpop = SCHEME === 'dpop'

const authenticated = bearer.auth({
  issuer: HELSEID_ISSUER,
  jwksUri: metadata.jwks_uri,
  audience: AUDIENCE,
  tokenSigningAlg: ALG,
  clockTolerance: TOLERANCE,
  strict: true,
  // Strict is typ at+jwt and the claims of RFC 9068, of which HelseID's tokens for machines have all but this one.
  validators: { sub: false },
  dpop: dpop
    ? { enabled: true, required: true, iatOffset: OLDEST_PROOF + TOLERANCE, iatLeeway: TOLERANCE }
    : { enabled: false },
})

// The library leaves it to its users that a proof is taken once.
function takeOnce(request, response, next) {
  if (isFirstUse(request.auth.payload.cnf.jkt, decodeJwt(request.headers.dpop))) return next()
  const refusal = new bearer.InvalidTokenError('the proof was used before')
  refusal.headers = { 'www-authenticate': 'DPoP error="invalid_dpop_proof"' }
  next(refusal)
}

const app = express()
app.disable('x-powered-by').disable('etag').set('query parser', false)
app.get(PATH, authenticated, ...(dpop ? [takeOnce] : []), bearer.requiredScopes(SCOPE), (request, response) => {
  response.json(PATIENTS)
})
app.use((error, request, response, next) => {
  if (!(error instanceof bearer.UnauthorizedError)) console.error(error)
  response.status(error.status ?? 500).set(error.headers ?? {}).json({ error: error.code, message: error.message })
})
announce(await listen(createServer(app)))
