// An API on Fastify, with jose for tokens, and DPoP (RFC 9449 section 4.3) written by hand on jose.
//
// Environment: HELSEID_ISSUER, AUDIENCE, SCOPE, SCHEME (bearer or dpop), ALG (of tokens; RS256 unless given).

import { listen, announce } from './server.mjs'
import { hash } from 'node:crypto'
import Fastify from 'fastify'
import { EmbeddedJWK, calculateJwkThumbprint, createRemoteJWKSet, jwtVerify } from 'jose'
import { PATH, PATIENTS } from './patients.mjs'
import { OLDEST_PROOF, TOLERANCE, isFirstUse } from './used_proofs.mjs'

const { HELSEID_ISSUER, AUDIENCE, SCOPE, SCHEME, ALG = 'RS256' } = process.env
const metadata = await (await fetch(`${HELSEID_ISSUER}/.well-known/openid-configuration`)).json()
const issuerKeys = createRemoteJWKSet(new URL(metadata.jwks_uri))
const scheme = { bearer: 'Bearer', dpop: 'DPoP' }[SCHEME]
const tokenRules = {
  issuer: HELSEID_ISSUER,
  audience: AUDIENCE,
  typ: 'at+jwt',
  algorithms: [ALG],
  requiredClaims: ['exp', 'nbf', 'iat', 'jti', 'client_id'],
  clockTolerance: TOLERANCE,
}
const proofRules = {
  typ: 'dpop+jwt',
  algorithms: ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'],
  maxTokenAge: OLDEST_PROOF,
  clockTolerance: TOLERANCE,
}
let url

class Refused extends Error {
  constructor(status, code, message) {
    super(message)
    this.statusCode = status
    this.code = code
  }
}

async function verifyToken(request) {
  const [given, token, ...rest] = (request.headers.authorization ?? '').split(' ')
  if (given.toLowerCase() !== scheme.toLowerCase() || !token || rest.length > 0) {
    throw new Refused(401, 'invalid_token', `expected a token of the scheme ${scheme}`)
  }
  const { payload } = await jwtVerify(token, issuerKeys, tokenRules).catch((why) => {
    throw new Refused(401, 'invalid_token', why.message)
  })
  if (SCHEME === 'dpop') await verifyProof(request, token, payload)
  else if (payload.cnf !== undefined) throw new Refused(401, 'invalid_token', 'the token is bound to a key')
  if (!Array.isArray(payload.scope) || !payload.scope.includes(SCOPE)) {
    throw new Refused(403, 'insufficient_scope', `expected the scope ${SCOPE}`)
  }
  request.token = payload
}

async function verifyProof(request, token, { cnf }) {
  const proof = request.headers.dpop ?? ''
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, proofRules).catch((why) => {
    throw new Refused(401, 'invalid_dpop_proof', why.message)
  })
  const { htm, htu, ath, jti } = payload
  const holds = (what, that) => {
    if (!that) throw new Refused(401, 'invalid_dpop_proof', `the proof's ${what} does not hold`)
  }
  holds('htm', htm === request.method)
  holds('htu', isThisUrl(htu))
  holds('ath', ath === hash('sha256', token, 'base64url'))
  const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk)
  holds('key', cnf?.jkt === thumbprint)
  holds('jti', typeof jti === 'string' && jti !== '')
  // The last: a proof that is refused for another reason uses nothing up.
  holds('single use', isFirstUse(thumbprint, payload))
}

/** Whether `htu` names this endpoint, its query and fragment apart. */
function isThisUrl(htu) {
  if (htu === url) return true
  if (typeof htu !== 'string' || !URL.canParse(htu)) return false
  const { origin, pathname } = new URL(htu)
  return `${origin}${pathname}` === url
}

const app = Fastify({ exposeHeadRoutes: false })
app.decorateRequest('token', null)
app.setErrorHandler((error, request, reply) => {
  if (error instanceof Refused) reply.header('www-authenticate', `${scheme} error="${error.code}"`)
  else console.error(error)
  return reply.code(error.statusCode ?? 500).send({ error: error.code, message: error.message })
})
app.get(PATH, { onRequest: verifyToken }, async () => PATIENTS)
await app.ready()
const address = await listen(app.server)
url = `${address}${PATH}`
announce(address)
