// jose verifies one of our access tokens, which comes on stdin: signature by the issuer's keys, issuer, audience, type.
//
// Environment: HELSEID_ISSUER, AUDIENCE.

import { createRemoteJWKSet, jwtVerify } from 'jose'

const { HELSEID_ISSUER, AUDIENCE } = process.env
let token = ''
for await (const chunk of process.stdin) token += chunk

const metadata = await (await fetch(`${HELSEID_ISSUER}/.well-known/openid-configuration`)).json()
const { payload, protectedHeader } = await jwtVerify(token.trim(), createRemoteJWKSet(new URL(metadata.jwks_uri)), {
  issuer: HELSEID_ISSUER,
  audience: AUDIENCE,
  typ: 'at+jwt',
})
console.log(protectedHeader.alg, payload.client_id, payload.cnf.jkt)
