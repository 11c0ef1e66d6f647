import { ExpiringMap } from './expiring_map.mjs'

/** How old a proof may be, and how far clocks may differ, in seconds: as our API has it. */
export const OLDEST_PROOF = 10
export const TOLERANCE = 10

const used = new ExpiringMap()

/** Whether this proof by the key of this thumbprint is new. It is remembered for as long as its `iat` would do. */
export function isFirstUse(thumbprint, { jti, iat }) {
  return used.claim(`${thumbprint} ${jti}`, Math.ceil(iat) + OLDEST_PROOF + TOLERANCE + 1)
}
