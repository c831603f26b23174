/** The few parts of a browser that modules need when they are loaded, for tests without one. */

class MemoryStorage {
  readonly #items = new Map<string, string>();
  [key: string]: unknown

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value)
    this[key] = value
  }

  removeItem(key: string): void {
    this.#items.delete(key)
    Reflect.deleteProperty(this, key)
  }

  clear(): void {
    for (const key of [...this.#items.keys()]) this.removeItem(key)
  }
}

const page = new EventTarget()
Object.assign(globalThis, {
  localStorage: new MemoryStorage(),
  location: new URL('http://127.0.0.1:8765/'),
  addEventListener: page.addEventListener.bind(page),
  removeEventListener: page.removeEventListener.bind(page),
  dispatchEvent: page.dispatchEvent.bind(page),
})
