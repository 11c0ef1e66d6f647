// An issuer that signs with jose: its token and its proof call an API of ours, with every algorithm that jose has.
// It serves its metadata and keys, and reads the API's address from stdin once that runs.
//
// Environment: AUDIENCE, SCOPE.

import { createHash, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512']
const { AUDIENCE, SCOPE } = process.env

const signers = await Promise.all(ALGORITHMS.map(async (alg) => {
  const pair = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: alg, alg, use: 'sig' }
  return { alg, jwk, key: pair.privateKey }
}))

const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  const metadata = { issuer, jwks_uri: `${issuer}/jwks`, token_endpoint: `${issuer}/token` }
  const body = request.url === '/jwks' ? { keys: signers.map(({ jwk }) => jwk) } : metadata
  response.end(JSON.stringify(body))
})
await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
const issuer = `http://127.0.0.1:${server.address().port}`
console.log(JSON.stringify({ listen: [new URL(issuer).host], issuer }))

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const url = (await lines.next()).value
for (const { alg, jwk, key } of signers) {
  const proofKey = { kty: jwk.kty, n: jwk.n, e: jwk.e, crv: jwk.crv, x: jwk.x, y: jwk.y }
  const token = await new SignJWT({
    scope: [SCOPE], client_id: 'a-client-of-theirs', client_amr: 'private_key_jwt',
    cnf: { jkt: await calculateJwkThumbprint(jwk) },
  })
    .setProtectedHeader({ alg, kid: alg, typ: 'at+jwt' })
    .setIssuer(issuer).setAudience(AUDIENCE).setJti(randomUUID())
    .setIssuedAt().setNotBefore('0s').setExpirationTime('600s').sign(key)
  const proof = await new SignJWT({
    htm: 'GET', htu: url, jti: randomUUID(), ath: createHash('sha256').update(token).digest('base64url'),
  }).setProtectedHeader({ alg, typ: 'dpop+jwt', jwk: proofKey }).setIssuedAt().sign(key)
  const answer = await fetch(url, { headers: { authorization: `DPoP ${token}`, dpop: proof } })
  console.log(alg, answer.status)
}
server.close()
server.closeAllConnections()
process.exit(0)
