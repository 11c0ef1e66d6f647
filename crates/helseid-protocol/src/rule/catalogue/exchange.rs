//! An exchange of a token.

macro_rules! exchange {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// An exchange of a token.
        Exchange "exchange" {
            ExchangeSubjectToken "exchange.subject_token" [TokenExchange] InvalidRequest
                "subject_token must be a valid access token from this authority, and its clients must be registered and enabled."
                "The subject_token is missing or invalid"
                "RFC 8693 sections 2.1 and 2.2.2; HelseID: profile for token exchange"
                "Send the access token with which the API was called, unchanged and before it expires.";
            ExchangeSubjectTokenType "exchange.subject_token_type" [TokenExchange] InvalidRequest
                "subject_token_type must be urn:ietf:params:oauth:token-type:access_token."
                "The subject_token_type is missing or wrong"
                "RFC 8693 section 2.1; HelseID: profile for token exchange"
                "Send subject_token_type with exactly that value.";
            ExchangeRequestedTokenType "exchange.requested_token_type" [TokenExchange] InvalidRequest
                "requested_token_type must be left out, or be urn:ietf:params:oauth:token-type:access_token."
                "Another kind of token than an access token is requested"
                "RFC 8693 section 2.1"
                "Leave requested_token_type out.";
            ExchangeActorToken "exchange.actor_token" [TokenExchange] InvalidRequest
                "actor_token and actor_token_type must be left out: the actor is the client that authenticates."
                "An actor_token is sent"
                "RFC 8693 section 2.1; HelseID: profile for token exchange"
                "Leave out actor_token and actor_token_type.";
            ExchangeAudience "exchange.audience" [TokenExchange] InvalidRequest
                "The subject_token must be for an API that the client is itself."
                "The subject_token is for the API of another"
                "HelseID: profile for token exchange"
                "Exchange a token that your own API was called with; an administrator lists the APIs of a client in own_audiences.";
            ExchangePermitted "exchange.permitted" [TokenExchange] InvalidRequest
                "The client that the subject_token was issued to must allow this client to exchange its tokens."
                "The client may not exchange tokens of that client"
                "HelseID: profile for token exchange"
                "Let an administrator list the exchanging client in may_be_exchanged_by of the client whose token it is.";
            ExchangeCount "exchange.count" [TokenExchange] InvalidRequest
                "A token must not be exchanged more often than the authority allows, three times unless it is set."
                "The subject_token was exchanged too many times"
                "HelseID: profile for token exchange; the number is of this project"
                "Let fewer APIs call each other one after the other.";
            ExchangeSession "exchange.session" [TokenExchange] InvalidRequest
                "A person whose token is exchanged must still be logged in."
                "The person's login has been ended, or the token was revoked"
                "Of this project; OpenID Connect RP-Initiated Logout 1.0 section 2"
                "Answer the call that brought the token with 401: the person must log in again.";
            ExchangeScope "exchange.scope" [TokenExchange] InvalidScope
                "An exchange must say in scope what the new token is for."
                "The request has no scope"
                "HelseID: profile for token exchange"
                "Send the scopes of the API that is called next.";
        }
    ] $($next)* } };
}
