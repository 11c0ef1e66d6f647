//! A refresh token, and the request that uses it.

macro_rules! refresh {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// A refresh token, and the request that uses it.
        Refresh "refresh" {
            RefreshPresent "refresh.present" [RefreshToken] InvalidRequest
                "A request with grant_type refresh_token must have a refresh_token."
                "The request has no refresh_token"
                "RFC 6749 section 6"
                "Send the newest refresh token.";
            RefreshKnown "refresh.known" [RefreshToken] InvalidGrant
                "The refresh token must be one that this authority has issued."
                "The refresh token is not known here"
                "RFC 6749 sections 5.2 and 6"
                "Send the refresh token unchanged to the authority that issued it.";
            RefreshClient "refresh.client" [RefreshToken] InvalidGrant
                "The refresh token must be used by the client that it was issued to."
                "The refresh token was issued to another client"
                "RFC 6749 section 6"
                "Refresh with the client that logged the person in.";
            RefreshExpiry "refresh.expiry" [RefreshToken] InvalidGrant
                "The refresh token must not have expired."
                "The refresh token has expired"
                "RFC 6749 section 6"
                "Let the person log in again; rt_expires_in says how long a refresh token is valid.";
            RefreshRevoked "refresh.revoked" [RefreshToken] InvalidGrant
                "The refresh token must not have been revoked, and its login must not have been ended."
                "The refresh token has been revoked, or its login has been ended"
                "RFC 6749 section 6, RFC 7009 section 2.1"
                "Let the person log in again.";
            RefreshDpop "refresh.dpop" [RefreshToken] InvalidRequest
                "Tokens that were bound to a key must be refreshed with a proof, and others without."
                "The refresh changes whether tokens are bound to a key"
                "RFC 9449 section 5"
                "Send a DPoP proof at each refresh if the code was redeemed with one; its key may be another.";
            RefreshScope "refresh.scope" [RefreshToken] InvalidScope
                "scope may name only scopes that were granted at the login."
                "A scope was not granted at the login"
                "RFC 6749 section 6"
                "Request fewer scopes, leave scope out, or let the person log in again for more.";
            RefreshResource "refresh.resource" [RefreshToken] InvalidTarget
                "Each resource must be an API that the authorization request asked for."
                "A resource is not one that the login asked for"
                "RFC 8707 section 2.2"
                "Name an API of the authorization request, or leave resource out.";
            RefreshDetailsPlace "refresh.details_place" [RefreshToken] AccessDenied
                "An attestation must be in the request object of the login or in the assertion of the refresh, not in both."
                "An attestation is sent twice"
                "HelseID: profile for the trust framework, error HID-DOUBLE-STRUCTURE"
                "Leave it out of the assertion, or let the person log in again by a request object without it.";
            RefreshOnce "refresh.once" [RefreshToken] InvalidGrant
                "A refresh token that can be used once must not be used after its successor was used, or after its grace period."
                "The refresh token was used before"
                "RFC 9700 section 4.14.2, FAPI 2.0 Security Profile section 5.3.2.1 (9)"
                "Keep each new refresh token before using what came with it, refresh once at a time, and let the person log in again.";
        }
    ] $($next)* } };
}
