// What oidc-provider is told besides when it logs a person in.

const PERSON = 'the-person'

/** Settings for logins without a page: of a browser that is logged in, whose person has agreed to everything. */
export function forLogins({ scope, audience, redirectUri }) {
  const scopes = ['openid', 'offline_access']
  let agreed
  const agree = async ({ client, session, provider }) => {
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
    grant.addOIDCScope([...scopes, scope].join(' '))
    grant.addResourceScope(audience, scope)
    await grant.save()
    return grant
  }
  return {
    scopes,
    client: {
      grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
      redirect_uris: [redirectUri],
      response_types: ['code'],
      scope: [...scopes, scope].join(' '),
    },
    provider: {
      findAccount: async (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
      issueRefreshToken: async () => true,
      rotateRefreshToken: () => true,
      pkce: { required: () => true },
      // One for all logins: a session knows the newest alone, and takes codes of no other.
      loadExistingGrant: (ctx) => (agreed ??= agree(ctx.oidc)),
    },
  }
}

/** The cookie of a browser in which the person is logged in. */
export async function browserOf(provider) {
  const session = new provider.Session()
  session.loginAccount({ accountId: PERSON, loginTs: Math.floor(Date.now() / 1000) })
  await session.save(86_400)
  return `_session=${session.jti}`
}
