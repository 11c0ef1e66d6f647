// What the servers have in common: how they run, and how they say that they do.

// Koa and Express read it when an application is made, which is after every import.
process.env.NODE_ENV = 'production'

/** Listens on a free port of the loopback, until SIGTERM, and returns the server's address. */
export async function listen(server) {
  // Longer than the pause between two measurements: a connection that ends by itself is no fault of the peer.
  server.keepAliveTimeout = 60_000
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  process.on('SIGTERM', () => process.exit(0))
  return `http://127.0.0.1:${server.address().port}`
}

/** Prints the line of JSON which says that requests are answered at `address`. */
export function announce(address) {
  console.log(JSON.stringify({ listen: [new URL(address).host], issuer: address }))
  // Nobody reads on: what a library says later goes where errors go.
  console.log = console.error
  console.info = console.error
}
