//! A request to revoke a token.

macro_rules! revocation {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// A request to revoke a token.
        Revocation "revocation" {
            RevocationMethod "revocation.method" [Revocation] InvalidRequest
                "A revocation request must be a POST with a form of at most 64 KiB, and each parameter once."
                "The request is not a POST with a readable form"
                "RFC 7009 section 2.1"
                "Send the parameters once each, as a form in the body of a POST.";
            RevocationToken "revocation.token" [Revocation] InvalidRequest
                "A revocation request must have a token."
                "The request has no token"
                "RFC 7009 section 2.1"
                "Send the refresh token as token.";
            RevocationType "revocation.type" [Revocation] UnsupportedTokenType
                "The token must be a refresh token; an access token cannot be revoked, and is valid until its exp."
                "The token is not a refresh token"
                "RFC 7009 section 2.2.1; HelseID: revocation endpoint"
                "Revoke the refresh token, or end the session.";
            RevocationOwner "revocation.owner" [Revocation] InvalidGrant
                "The token must have been issued to the client that revokes it."
                "The token was issued to another client"
                "RFC 7009 section 2.1"
                "Revoke it with the client that it was issued to.";
        }
    ] $($next)* } };
}
