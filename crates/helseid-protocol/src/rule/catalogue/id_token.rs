//! The ID token, as a client checks it.

macro_rules! id_token {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// The ID token, as a client checks it.
        IdToken "id_token" {
            IdTokenForm "id_token.form" [Login] InvalidToken
                "The ID token must be one compact JWS of at most 16 KiB whose header and claims are JSON objects without duplicate members."
                "The ID token is not a JWT"
                "RFC 7519 section 7.2"
                "Use the ID token as the authority issued it.";
            IdTokenTyp "id_token.typ" [Login] InvalidToken
                "The ID token's header must have typ JWT or none."
                "The token is not an ID token"
                "RFC 8725 section 3.11, RFC 9068 section 5"
                "Use the id_token of the answer, not the access token or a logout token.";
            IdTokenAlg "id_token.alg" [Login] InvalidToken
                "The ID token must be signed with an asymmetric algorithm that the client accepts."
                "The ID token's alg is not allowed"
                "OpenID Connect Core 1.0 section 3.1.3.7 (7); FAPI 2.0 Security Profile section 5.4.1"
                "Check id_token_signing_alg_values_supported in the issuer's metadata.";
            IdTokenIss "id_token.iss" [Login] InvalidToken
                "The ID token's iss must be the issuer, exactly as its metadata names it."
                "The ID token is from another issuer"
                "OpenID Connect Core 1.0 section 3.1.3.7 (2)"
                "Set the client's issuer to the one that people log in at.";
            IdTokenKid "id_token.kid" [Login] InvalidToken
                "The ID token's kid must name a key that its issuer publishes."
                "The ID token's kid names no key of its issuer"
                "OpenID Connect Core 1.0 section 10.1"
                "Fetch the issuer's keys again.";
            IdTokenSignature "id_token.signature" [Login] InvalidToken
                "The ID token must be signed by the issuer's key."
                "The ID token is not signed by its issuer"
                "OpenID Connect Core 1.0 section 3.1.3.7 (6)"
                "Use the ID token as the authority issued it.";
            IdTokenAud "id_token.aud" [Login] InvalidToken
                "The ID token's aud must be the client id and nothing else."
                "The ID token is for another client"
                "OpenID Connect Core 1.0 section 3.1.3.7 (3); HelseID: validation of ID tokens"
                "Check the client id of the login.";
            IdTokenAzp "id_token.azp" [Login] InvalidToken
                "The ID token's azp, if present, must be the client id."
                "The ID token was issued to another party"
                "OpenID Connect Core 1.0 section 3.1.3.7 (5)"
                "Check the client id of the login.";
            IdTokenSub "id_token.sub" [Login] InvalidToken
                "The ID token must have a sub of at most 255 visible ASCII characters."
                "The ID token does not say who logged in"
                "OpenID Connect Core 1.0 section 2"
                "Use an authority that follows OpenID Connect.";
            IdTokenExp "id_token.exp" [Login] InvalidToken
                "The ID token's exp must be a number of seconds, and must not have passed."
                "The ID token has expired, or has no exp"
                "OpenID Connect Core 1.0 section 3.1.3.7 (9)"
                "Check the clock, and let the person log in again.";
            IdTokenIat "id_token.iat" [Login] InvalidToken
                "The ID token's iat must be a number of seconds that is not in the future."
                "The ID token's iat is missing or in the future"
                "OpenID Connect Core 1.0 section 3.1.3.7 (10)"
                "Check the clock.";
            IdTokenNonce "id_token.nonce" [Login] InvalidToken
                "The ID token's nonce must be the one of the login; at a refresh it may be missing."
                "The ID token's nonce is not that of the login"
                "OpenID Connect Core 1.0 sections 3.1.3.7 (11) and 12.2"
                "Start the login again; keep the nonce of each login by its state.";
            IdTokenAtHash "id_token.at_hash" [Login] InvalidToken
                "The ID token's at_hash, if present, must be the hash of the access token in the same answer."
                "The ID token and the access token do not belong together"
                "OpenID Connect Core 1.0 section 3.1.3.8"
                "Start the login again.";
            IdTokenAuthTime "id_token.auth_time" [Login] InvalidToken
                "The ID token's auth_time must not be in the future, and must be recent where max_age or prompt=login was requested."
                "The person did not authenticate recently enough"
                "OpenID Connect Core 1.0 section 3.1.3.7 (13)"
                "Let the person log in again with prompt=login.";
            IdTokenLevel "id_token.level" [Login] InvalidToken
                "The person must be logged in at the security level that was requested."
                "The person's security level is too low"
                "HelseID: validation of ID tokens"
                "Let the person log in again with acr_values=Level4, and request the scope helseid://scopes/identity/security_level.";
            IdTokenIdp "id_token.idp" [Login] InvalidToken
                "The person must have logged in at the identity provider that was requested."
                "The person logged in at another identity provider"
                "HelseID: control of the login"
                "Let the person log in again with acr_values=idp:NAME.";
            IdTokenAcr "id_token.acr" [Login] InvalidToken
                "The ID token's acr must be one that was requested."
                "The ID token's acr is not one that was requested"
                "OpenID Connect Core 1.0 section 3.1.3.7 (12)"
                "Let the person log in again with the same acr_values.";
            IdTokenRefreshed "id_token.refreshed" [Login] InvalidToken
                "A refreshed ID token must have the iss, sub and auth_time of the login's, and must not be older."
                "The refreshed ID token belongs to another login"
                "OpenID Connect Core 1.0 section 12.2"
                "End the session, and let the person log in again.";
        }
    ] $($next)* } };
}
