/** The time in seconds, as tokens tell it. */
export const now = () => Math.floor(Date.now() / 1000)

/** A map whose entries have an end each, and which lets go of them when it has come: what it holds is bounded by time. */
export class ExpiringMap {
  #entries = new Map()
  #ending = new Map()
  #second = now()

  /** The value of `key`, unless its end has come. */
  get(key) {
    const entry = this.#entries.get(key)
    return entry !== undefined && entry.end > now() ? entry.value : undefined
  }

  /** Keeps `value` until the second `end`, if that has not come already. */
  set(key, value, end) {
    this.#forget()
    if (end < this.#second) return
    this.#entries.set(key, { value, end })
    const keys = this.#ending.get(end)
    if (keys === undefined) this.#ending.set(end, [key])
    else keys.push(key)
  }

  delete(key) {
    this.#entries.delete(key)
  }

  /** Keeps `key` until the second `end`; false if it is kept already. */
  claim(key, end) {
    if (this.get(key) !== undefined) return false
    this.set(key, true, end)
    return true
  }

  // Each entry is listed under its last second, so that nothing else is looked at. One that was set anew has a later end.
  #forget() {
    for (const today = now(); this.#second <= today; this.#second += 1) {
      for (const key of this.#ending.get(this.#second) ?? []) {
        if (this.#entries.get(key)?.end <= this.#second) this.#entries.delete(key)
      }
      this.#ending.delete(this.#second)
    }
  }
}
