// openid-client, as its own documentation uses it: private_key_jwt, DPoP, client credentials, then the API.
//
// Usage: node openid_client.mjs as-it-is|with-typ
// It demands https, where the local CA is trusted by NODE_EXTRA_CA_CERTS; of a session of conformance, whose issuer is http,
// it is told that http is meant.
//
// Environment: HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE, API_URL, NODE_EXTRA_CA_CERTS.

import { readFile } from 'node:fs/promises'
import { importJWK } from 'jose'
import * as client from 'openid-client'

const { HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE, API_URL } = process.env
const mode = process.argv[2]

const jwk = JSON.parse(await readFile(HELSEID_CLIENT_JWK_FILE, 'utf8'))
const key = { key: await importJWK(jwk, jwk.alg), kid: jwk.kid }
const options =
  mode === 'with-typ'
    ? { [client.modifyAssertion]: (header) => { header.typ = 'client-authentication+jwt' } }
    : undefined

const issuer = new URL(HELSEID_ISSUER)
const config = await client.discovery(
  issuer,
  HELSEID_CLIENT_ID,
  undefined,
  client.PrivateKeyJwt(key, options),
  issuer.protocol === 'http:' ? { execute: [client.allowInsecureRequests] } : undefined,
)
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))

let tokens
try {
  tokens = await client.clientCredentialsGrant(config, { scope: HELSEID_SCOPE }, { DPoP })
} catch (error) {
  console.log(error.error, error.error_description)
  process.exit(3)
}

const answer = await client.fetchProtectedResource(
  config, tokens.access_token, new URL(API_URL), 'GET', undefined, undefined, { DPoP },
)
console.log(tokens.token_type, answer.status, Object.keys(await answer.json()).length)
