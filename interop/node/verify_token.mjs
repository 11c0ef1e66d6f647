// jose verifies one of our access tokens, which comes on stdin: signature by the issuer's keys, issuer, audience, type.
// With the argument actors it says who acts (RFC 8693 section 4.1), the newest first.
//
// Environment: HELSEID_ISSUER, AUDIENCE.

import { createRemoteJWKSet, jwtVerify } from 'jose'

const { HELSEID_ISSUER, AUDIENCE } = process.env
let token = ''
for await (const chunk of process.stdin) token += chunk

const metadata = await (await fetch(`${HELSEID_ISSUER}/.well-known/openid-configuration`)).json()
const verified = jwtVerify(token.trim(), createRemoteJWKSet(new URL(metadata.jwks_uri)), {
  issuer: HELSEID_ISSUER,
  audience: AUDIENCE,
  typ: 'at+jwt',
})
const { payload, protectedHeader } = await verified.catch((error) => {
  console.log(error.message)
  process.exit(3)
})
if (process.argv[2] === 'actors') {
  const acting = (act) => act ? [act, ...acting(act.act)] : []
  const actors = acting(payload.act)
  if (actors.some((act) => act.iss !== HELSEID_ISSUER)) throw new Error('an actor of another issuer')
  const first = payload['helseid://claims/client/original_client_id']
  console.log(`${actors.map((act) => act.client_id).join(', ')}; first ${first}`)
} else {
  console.log(protectedHeader.alg, payload.client_id, payload.cnf.jkt)
}
