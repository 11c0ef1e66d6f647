//! The form of a token request, and what it asks for.

macro_rules! request {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// The form of a token request, and what it asks for.
        Request "request" {
            RequestContentType "request.content_type" [Token] InvalidRequest
                "A token request must have the content type application/x-www-form-urlencoded."
                "The request's content type is wrong"
                "RFC 6749 section 4.4.2"
                "Send the parameters as a form in the body, not as JSON or in the URL.";
            RequestBody "request.body" [Token] InvalidRequest
                "A token request must be a well-formed form in UTF-8 of at most 64 KiB and 64 parameters."
                "The request's body cannot be read"
                "RFC 6749 appendix B"
                "Encode each name and value as application/x-www-form-urlencoded, and keep within the limits.";
            RequestOnce "request.once" [Token] InvalidRequest
                "No parameter except resource may appear more than once in a token request."
                "A parameter is sent more than once"
                "RFC 6749 section 3.2"
                "Send each parameter once.";
            RequestAssertionType "request.client_assertion_type" [ClientAuthentication] InvalidClient
                "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer."
                "The client_assertion_type is wrong"
                "RFC 7523 section 2.2"
                "Send client_assertion_type with exactly that value.";
            RequestAssertion "request.client_assertion" [ClientAuthentication] InvalidClient
                "The client must authenticate with a client assertion and nothing else."
                "The client does not authenticate with only a client assertion"
                "HelseID: use of client assertion"
                "Send client_assertion; client secrets and mTLS are not accepted.";
            RequestClientId "request.client_id" [Token | Revocation | Introspection] InvalidClient
                "A client_id in the request must name the same client as the assertion."
                "The client_id and the assertion name different clients"
                "RFC 7523 section 3 (2)"
                "Leave client_id out, or make it the same as the assertion's sub.";
            RequestGrantType "request.grant_type" [Token] UnsupportedGrantType
                "grant_type must be one that this authority supports."
                "This grant_type is not supported"
                "RFC 6749 section 5.2"
                "Send one of grant_types_supported in the metadata; people log in with authorization_code and refresh_token.";
            RequestGrantAllowed "request.grant_allowed" [Token] UnauthorizedClient
                "The client may request only the grant types that it is registered for."
                "A grant type is not granted to this client"
                "RFC 6749 section 5.2"
                "Register the client for the grant type, or request with one that it has.";
            RequestResource "request.resource" [ClientCredentials | TokenExchange] InvalidTarget
                "resource may name one API, which one of the granted scopes must belong to."
                "No token can be issued for this resource"
                "RFC 8707 section 2"
                "Send resource once with the name of an API, such as nhn:kjernejournal, or leave it out.";
            RequestScope "request.scope" [ClientCredentials | TokenExchange] InvalidScope
                "scope must be a list of scopes separated by spaces."
                "The scope parameter cannot be read"
                "RFC 6749 section 3.3"
                "Send scopes in printable ASCII, separated by single spaces.";
            RequestScopeAllowed "request.scope_allowed" [ClientCredentials | TokenExchange] InvalidScope
                "The client may request only API scopes that it is registered for, and must be registered for at least one."
                "A scope is not granted to this client"
                "HelseID: error messages, invalid_scope"
                "Register the client for the scope, or request fewer scopes; client credentials and exchanges give no identity scopes.";
        }
    ] $($next)* } };
}
