// Keys and signatures go both ways between `helseid` and jose: nine algorithms; JWK, PKCS#8, SPKI and certificates.
//
// Environment: HELSEID, the binary; the working folder is the program's own.

import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { CompactSign, calculateJwkThumbprint, compactVerify, importJWK, importPKCS8, importSPKI } from 'jose'

const NINE = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512']
const helseid = (args, input) => execFileSync(process.env.HELSEID, args, { input }).toString().trim()
const json = (file) => JSON.parse(readFileSync(file, 'utf8'))

for (const alg of NINE) {
  const size = alg.startsWith('ES') ? [] : ['--size', '2048']
  helseid(['key', 'generate', '--alg', alg, ...size, '--out', alg, '--jwks'])
  const [privateJwk, publicJwk] = [json(`${alg}_private.json`), json(`${alg}_public.json`)]
  assert.equal(await calculateJwkThumbprint(publicJwk), helseid(['key', 'thumbprint', `${alg}_public.json`]))

  // What jose signs, with the key as a JWK and as PKCS#8, `jws verify` takes.
  const pkcs8 = helseid(['key', 'convert', `${alg}_private.json`, '--to', 'pem'])
  for (const key of [await importJWK(privateJwk, alg), await importPKCS8(pkcs8, alg)]) {
    const signed = await new CompactSign(Buffer.from('their payload')).setProtectedHeader({ alg }).sign(key)
    assert.equal(helseid(['jws', 'verify', '--jwks', `${alg}_jwks.json`], signed), 'valid')
  }

  // What `proof make` signs jose takes, with the key as a JWK, as SPKI, and as the proof brings it.
  const proof = helseid(['proof', 'make', '--key', `${alg}_private.json`, '--url', 'https://api.example/patients'])
  const spki = helseid(['key', 'convert', `${alg}_private.json`, '--to', 'public-pem'])
  const header = JSON.parse(Buffer.from(proof.split('.')[0], 'base64url'))
  for (const key of [await importJWK(publicJwk, alg), await importSPKI(spki, alg), await importJWK(header.jwk, alg)]) {
    const { protectedHeader } = await compactVerify(proof, key, { algorithms: [alg] })
    assert.equal(protectedHeader.typ, 'dpop+jwt')
  }
  console.log(alg, 'both ways')
}
console.log(NINE.length, 'algorithms, both ways')
