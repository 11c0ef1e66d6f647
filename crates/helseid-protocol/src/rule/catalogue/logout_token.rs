//! A logout token, by which an authority tells a client that a session has ended.

macro_rules! logout_token {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// A logout token, by which an authority tells a client that a session has ended.
        LogoutToken "logout_token" {
            LogoutTokenForm "logout_token.form" [Login] InvalidRequest
                "The logout token must be one compact JWS of at most 8 KiB whose header and claims are JSON objects without duplicate members."
                "The logout token is not a JWT"
                "RFC 7519 section 7.2"
                "Send logout_token in a form, as the authority made it.";
            LogoutTokenTyp "logout_token.typ" [Login] InvalidRequest
                "The logout token's header must have typ logout+jwt."
                "The token is not a logout token"
                "OpenID Connect Back-Channel Logout 1.0 section 2.4, RFC 8725 section 3.11"
                "Send a logout token, not another kind of JWT.";
            LogoutTokenAlg "logout_token.alg" [Login] InvalidRequest
                "The logout token must be signed with an asymmetric algorithm that the client accepts."
                "The logout token's alg is not allowed"
                "OpenID Connect Back-Channel Logout 1.0 section 2.6 (2)"
                "Sign it with the algorithm of the ID tokens.";
            LogoutTokenKid "logout_token.kid" [Login] InvalidRequest
                "The logout token's kid must name a key that its issuer publishes."
                "The logout token's kid names no key of its issuer"
                "OpenID Connect Back-Channel Logout 1.0 section 2.6 (2)"
                "Fetch the issuer's keys again.";
            LogoutTokenSignature "logout_token.signature" [Login] InvalidRequest
                "The logout token must be signed by the issuer's key."
                "The logout token is not signed by its issuer"
                "OpenID Connect Back-Channel Logout 1.0 section 2.6 (3)"
                "Send the logout token as the authority made it.";
            LogoutTokenIss "logout_token.iss" [Login] InvalidRequest
                "The logout token's iss must be the issuer at which people log in."
                "The logout token is from another issuer"
                "OpenID Connect Back-Channel Logout 1.0 section 2.6 (4)"
                "Register the address of this client only at its own issuer.";
            LogoutTokenAud "logout_token.aud" [Login] InvalidRequest
                "The logout token's aud must be the client id and nothing else."
                "The logout token is for another client"
                "OpenID Connect Back-Channel Logout 1.0 section 2.6 (4)"
                "Register the address of each client only for that client.";
            LogoutTokenIat "logout_token.iat" [Login] InvalidRequest
                "The logout token's iat must be a number of seconds that is not in the future."
                "The logout token's iat is missing or in the future"
                "OpenID Connect Back-Channel Logout 1.0 section 2.6 (4)"
                "Check the clock.";
            LogoutTokenExp "logout_token.exp" [Login] InvalidRequest
                "The logout token's exp must be a number of seconds, and must not have passed."
                "The logout token has expired, or has no exp"
                "OpenID Connect Back-Channel Logout 1.0 section 2.6 (4)"
                "Check the clock; a logout token is valid for at most two minutes.";
            LogoutTokenSubject "logout_token.subject" [Login] InvalidRequest
                "The logout token must have a sub, a sid, or both."
                "The logout token names neither person nor session"
                "OpenID Connect Back-Channel Logout 1.0 section 2.6 (5)"
                "Send the sid of the session that has ended.";
            LogoutTokenEvents "logout_token.events" [Login] InvalidRequest
                "The logout token's events must have the event of back-channel logout, with an object for its value."
                "The logout token lacks the event of back-channel logout"
                "OpenID Connect Back-Channel Logout 1.0 section 2.6 (6)"
                "Set events as section 2.4 shows.";
            LogoutTokenNonce "logout_token.nonce" [Login] InvalidRequest
                "A logout token must not have a nonce."
                "The logout token has a nonce"
                "OpenID Connect Back-Channel Logout 1.0 section 2.6 (7)"
                "Send a logout token, not an ID token.";
            LogoutTokenJti "logout_token.jti" [Login] InvalidRequest
                "The logout token must have a jti, a string of at most 256 bytes."
                "The logout token has no usable jti"
                "OpenID Connect Back-Channel Logout 1.0 section 2.4"
                "Set jti to a new random value in each logout token.";
            LogoutTokenJtiOnce "logout_token.jti_once" [Login] InvalidRequest
                "The logout token must not have been used before."
                "The logout token was used before"
                "OpenID Connect Back-Channel Logout 1.0 section 2.6 (8)"
                "Send each logout token once.";
        }
    ] $($next)* } };
}
