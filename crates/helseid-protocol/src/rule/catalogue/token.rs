//! The access token.

macro_rules! token {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// The access token.
        Token "token" {
            TokenForm "token.form" [Api | UserInfo] InvalidToken
                "The access token must be one compact JWS whose header and claims are JSON objects without duplicate members."
                "The access token is not a JWT"
                "RFC 9068 section 4"
                "Send the access token as the authority issued it.";
            TokenTyp "token.typ" [Api | UserInfo] InvalidToken
                "The access token's header must have typ at+jwt; an API takes JWT too."
                "The token is not an access token"
                "HelseID: validation of access tokens; RFC 9068 section 4"
                "Send the access token, not another kind of JWT.";
            TokenAlg "token.alg" [Api | UserInfo] InvalidToken
                "The access token must be signed with an asymmetric algorithm that the issuer uses."
                "The access token's alg is not allowed"
                "HelseID: validation of access tokens; RFC 8725 section 3.1"
                "Send a token from the issuer that this API trusts.";
            TokenKid "token.kid" [Api | UserInfo] InvalidToken
                "The access token's kid must name a key that its issuer publishes."
                "The access token's kid names no key of its issuer"
                "HelseID: validation of access tokens"
                "Fetch a new token; if a new one fails too, the API and the client use different issuers.";
            TokenSignature "token.signature" [Api | UserInfo] InvalidToken
                "The access token must be signed by the issuer's key."
                "The access token is not signed by its issuer"
                "HelseID: validation of access tokens; RFC 9068 section 4"
                "Send the access token as the authority issued it.";
            TokenIss "token.iss" [Api | UserInfo] InvalidToken
                "The access token's iss must be the issuer that this API trusts."
                "The access token is from another issuer"
                "HelseID: validation of access tokens; RFC 9068 section 4"
                "Fetch the token from the issuer that the API trusts.";
            TokenAud "token.aud" [Api] InvalidToken
                "The access token's aud must contain the name of this API."
                "The access token is for another API"
                "HelseID: validation of access tokens; RFC 9068 section 4"
                "Request a scope of this API when fetching the token.";
            TokenExp "token.exp" [Api | UserInfo] InvalidToken
                "The access token's exp must be a number of seconds, and must not have passed."
                "The access token has expired, or has no exp"
                "HelseID: validation of access tokens; RFC 9068 section 4"
                "Fetch a new token.";
            TokenNbf "token.nbf" [Api | UserInfo] InvalidToken
                "The access token's nbf, if present, must be a number of seconds that is not in the future."
                "The access token's nbf is in the future"
                "HelseID: validation of access tokens"
                "Wait, or correct the API's clock.";
            TokenClaims "token.claims" [Api | UserInfo] InvalidToken
                "The access token's claims must have the types that HelseID defines."
                "A claim of the access token cannot be read"
                "HelseID: claims"
                "Send the access token as the authority issued it.";
            TokenCnf "token.cnf" [Api | UserInfo] InvalidToken
                "An access token sent with DPoP must be bound to a key by cnf.jkt, and cnf must have no other member."
                "The access token is not bound to a key by cnf.jkt only"
                "RFC 9449 section 6.1, RFC 7800 section 3.1; of this project: no other member"
                "Fetch the token with a DPoP proof; this API does not accept one that is also bound to a certificate.";
            TokenSingleAudience "token.single_audience" [ClientCredentials | TokenExchange] InvalidTarget
                "The requested scopes must belong to one API, so that the token has one audience."
                "The scopes belong to several APIs"
                "HelseID: validation of access tokens"
                "Request the scopes of one API at a time, or name the API in resource; most national APIs refuse tokens with several audiences.";
        }
    ] $($next)* } };
}
