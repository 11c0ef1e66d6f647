//! The client assertion.

macro_rules! assertion {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// The client assertion.
        Assertion "assertion" {
            AssertionForm "assertion.form" [ClientAuthentication] InvalidClient
                "The assertion must be one compact JWS whose header and claims are JSON objects without duplicate members."
                "The assertion is not a JWT"
                "RFC 7515 section 7.1, RFC 7519 section 7.2"
                "Make the assertion with a JWT library and send it unchanged.";
            AssertionTyp "assertion.typ" [ClientAuthentication] InvalidClient
                "The assertion's header must have typ client-authentication+jwt."
                "The assertion's typ is wrong"
                "HelseID: use of client assertion"
                "Set typ to client-authentication+jwt in the header; profile legacy also accepts JWT.";
            AssertionAlg "assertion.alg" [ClientAuthentication] InvalidClient
                "The assertion must be signed with an asymmetric algorithm that the profile allows."
                "The assertion's alg is not allowed"
                "HelseID: security profile, RFC 8725 section 3.1"
                "Sign with PS256 or ES256.";
            AssertionClient "assertion.client" [ClientAuthentication] InvalidClient
                "The assertion's client must be registered and enabled."
                "The client is not registered and enabled"
                "RFC 7523 section 3 (2)"
                "Register the client with helseid client register, or correct the client id.";
            AssertionIss "assertion.iss" [ClientAuthentication] InvalidClient
                "The assertion's iss must be the client id."
                "The assertion's iss is not the client id"
                "RFC 7523 section 3 (1)"
                "Set iss to the client id.";
            AssertionSub "assertion.sub" [ClientAuthentication] InvalidClient
                "The assertion's sub must be the client id."
                "The assertion's sub is not the client id"
                "RFC 7523 section 3 (2)"
                "Set sub to the client id, the same as iss.";
            AssertionKid "assertion.kid" [ClientAuthentication] InvalidClient
                "The assertion's kid must name a key that the client has registered; without a kid, one of the client's keys must fit."
                "No registered key fits the assertion"
                "RFC 7515 section 4.1.4"
                "Set kid to that of the registered key, or register the key with helseid client register --client-id.";
            AssertionKeyExpiry "assertion.key_expiry" [ClientAuthentication] InvalidClient
                "The key that signed the assertion must not have expired at the authority."
                "The key that signed the assertion has expired"
                "HelseID: management of secrets"
                "Register a new key before the old one expires, with helseid client register --client-id.";
            AssertionKeyAlg "assertion.key_alg" [ClientAuthentication] InvalidClient
                "The assertion's alg must be the alg of the key that signed it."
                "The assertion's alg is not that of its key"
                "RFC 8725 section 3.1, RFC 7517 section 4.4"
                "Sign with the algorithm in the key's alg.";
            AssertionSignature "assertion.signature" [ClientAuthentication] InvalidClient
                "The assertion must be signed by the registered key."
                "The assertion is not signed by the registered key"
                "RFC 7523 section 3 (9)"
                "Sign with the private key whose public half is registered, and change nothing afterwards.";
            AssertionAud "assertion.aud" [ClientAuthentication] InvalidClient
                "The assertion's aud must be the issuer and nothing else."
                "The assertion's aud is not the issuer"
                "HelseID: use of client assertion; RFC 7523 section 3 (3)"
                "Set aud to the issuer exactly as in the metadata; profile legacy also accepts the token endpoint.";
            AssertionExp "assertion.exp" [ClientAuthentication] InvalidClient
                "The assertion's exp must be a number of seconds, and must not have passed."
                "The assertion has expired, or has no exp"
                "RFC 7523 section 3 (4)"
                "Make a new assertion for each request, and check the clock.";
            AssertionLifetime "assertion.lifetime" [ClientAuthentication] InvalidClient
                "The assertion's exp must be at most 60 seconds in the future."
                "The assertion's exp is too far in the future"
                "HelseID: use of client assertion"
                "Set exp 10 seconds into the future, and check the clock.";
            AssertionNbf "assertion.nbf" [ClientAuthentication] InvalidClient
                "The assertion's nbf, if present, must be a number of seconds that is not in the future."
                "The assertion's nbf is in the future"
                "RFC 7523 section 3 (5)"
                "Set nbf to the current time, and check the clock.";
            AssertionIat "assertion.iat" [ClientAuthentication] InvalidClient
                "The assertion's iat, if present, must be a number of seconds that is not in the future."
                "The assertion's iat is in the future"
                "RFC 7523 section 3 (6)"
                "Set iat to the current time, and check the clock.";
            AssertionJti "assertion.jti" [ClientAuthentication] InvalidClient
                "The assertion must have a jti, a string of at most 256 bytes."
                "The assertion has no usable jti"
                "RFC 7523 section 3 (7), HelseID: use of client assertion"
                "Set jti to a new random value in each assertion.";
            AssertionJtiOnce "assertion.jti_once" [ClientAuthentication] InvalidClient
                "The assertion's jti must not have been used before."
                "The assertion was used before"
                "RFC 7523 section 3 (7), HelseID: planned rule on jti"
                "Make a new assertion for each request, also for the one that repeats a request with a nonce; profile helseid accepts the same one there.";
        }
    ] $($next)* } };
}
