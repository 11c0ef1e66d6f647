//! What an authorization request asks for, pushed or not.

macro_rules! authorize {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// What an authorization request asks for, pushed or not.
        Authorize "authorize" {
            AuthorizeMethod "authorize.method" [Authorize] InvalidRequest
                "An authorization request must be a GET with a query, or a POST with a form."
                "The request is neither a GET nor a POST with a form"
                "OpenID Connect Core 1.0 section 3.1.2.1"
                "Send the browser there by a redirect or a link, or by a form.";
            AuthorizeForm "authorize.form" [Authorize] InvalidRequest
                "An authorization request must be a well-formed query or form in UTF-8 of at most 64 KiB and 64 parameters."
                "The request's parameters cannot be read"
                "RFC 6749 section 3.1 and appendix B"
                "Encode each name and value as application/x-www-form-urlencoded, and keep within the limits.";
            AuthorizeOnce "authorize.once" [Par | Authorize] InvalidRequest
                "No parameter except resource may appear more than once in an authorization request."
                "A parameter is sent more than once"
                "RFC 6749 section 3.1, RFC 8707 section 2"
                "Send each parameter once.";
            AuthorizeClientId "authorize.client_id" [Authorize] UnauthorizedClient
                "client_id must name a client that is registered and enabled."
                "The client is not registered and enabled"
                "RFC 6749 section 4.1.2.1"
                "Send the client_id of a client that is registered here.";
            AuthorizeRequestXor "authorize.request_xor" [Authorize] InvalidRequest
                "An authorization request may have request or request_uri, not both."
                "The request has both request and request_uri"
                "RFC 9101 section 5"
                "Push the request object with the rest, and send only request_uri.";
            AuthorizePar "authorize.par" [Authorize] InvalidRequest
                "An authorization request must be pushed first where the profile or the client demands it."
                "The request was not pushed"
                "RFC 9126 sections 5 and 6; FAPI 2.0 Security Profile section 5.3.2.2; HelseID: PAR"
                "Send the parameters to the endpoint for pushed authorization requests, and client_id and its request_uri here.";
            AuthorizeRequestUriForm "authorize.request_uri_form" [Authorize] InvalidRequestUri
                "request_uri must be one that this authority issued: urn:ietf:params:oauth:request_uri: and a name, of at most 512 bytes."
                "The request_uri was not issued by this authority"
                "RFC 9126 section 2.2, RFC 9101 section 5.2"
                "Send the request_uri from the response to the pushed request, unchanged.";
            AuthorizeRequestUriForeign "authorize.request_uri_foreign" [Authorize] RequestUriNotSupported
                "request_uri must not be an address: no request object is fetched."
                "The request_uri is an address"
                "RFC 9101 sections 7 and 10.4"
                "Push the request, or send the request object itself in request.";
            AuthorizeRequestUriKnown "authorize.request_uri_known" [Authorize] InvalidRequestUri
                "request_uri must be one that was given here for a pushed request."
                "No such request was pushed"
                "RFC 9126 sections 4 and 7.1"
                "Push the request again, and send the browser on at once.";
            AuthorizeRequestUriClient "authorize.request_uri_client" [Authorize] InvalidRequestUri
                "request_uri must be used by the client that pushed the request."
                "Another client pushed this request"
                "RFC 9126 sections 2.2 and 4"
                "Send the client_id of the client that pushed the request.";
            AuthorizeRequestUriExpiry "authorize.request_uri_expiry" [Authorize] InvalidRequestUri
                "request_uri must not have expired before the login begins."
                "The request_uri has expired"
                "RFC 9126 section 2.2; FAPI 2.0 Security Profile section 5.3.2.2"
                "Push the request when the user is to log in, and send the browser on at once.";
            AuthorizeRequestUriOnce "authorize.request_uri_once" [Authorize] InvalidRequestUri
                "request_uri must not be used again once it was answered."
                "The pushed request was answered before"
                "RFC 9126 sections 4 and 7.3; FAPI 2.0 Security Profile section 5.3.2.2 note 3"
                "Push a new request for each login.";
            AuthorizeOnlyTwo "authorize.only_two" [Authorize] InvalidRequest
                "Only client_id may accompany request_uri; other parameters are ignored."
                "Other parameters accompany request_uri"
                "RFC 9126 section 4; FAPI 2.0 Security Profile section 5.3.3.2"
                "Push all parameters, and redirect the browser with only client_id and request_uri.";
            AuthorizeRedirectUri "authorize.redirect_uri" [Par | Authorize] InvalidRequest
                "redirect_uri must be sent: an absolute URI of at most 400 bytes, without a fragment."
                "The redirect_uri cannot be read"
                "RFC 6749 section 3.1.2; FAPI 2.0 Security Profile section 5.3.2.2"
                "Send the redirect_uri as it is registered.";
            AuthorizeRedirectUriHttps "authorize.redirect_uri_https" [Par | Authorize] InvalidRequest
                "redirect_uri must be https, or http on loopback, or have the private-use scheme of a native app."
                "The redirect_uri is http"
                "RFC 8252 section 8.3; FAPI 2.0 Security Profile section 5.3.2.2"
                "Serve the client by https, or by http at localhost while developing.";
            AuthorizeRedirectUriRegistered "authorize.redirect_uri_registered" [Par | Authorize] InvalidRequest
                "redirect_uri must equal one that the client has registered, byte for byte; the port is free on loopback where one without a port is registered."
                "The redirect_uri is not registered"
                "RFC 9700 section 4.1.3, RFC 8252 section 7.3"
                "Register it among the client's redirect URIs, or send it as it is registered.";
            AuthorizeResponseType "authorize.response_type" [Par | Authorize] UnsupportedResponseType
                "response_type must be code."
                "This response_type is not supported"
                "RFC 6749 section 3.1.1; FAPI 2.0 Security Profile section 5.3.2.2"
                "Send response_type=code.";
            AuthorizeResponseMode "authorize.response_mode" [Par | Authorize] InvalidRequest
                "response_mode must be query or form_post, or be left out."
                "This response_mode is not supported"
                "OAuth 2.0 Multiple Response Type Encoding Practices section 2.1; OAuth 2.0 Form Post Response Mode section 2"
                "Leave response_mode out, or send query or form_post.";
            AuthorizeGrant "authorize.grant" [Par | Authorize] UnauthorizedClient
                "The client must be registered for the authorization code grant."
                "The client may not log users in"
                "RFC 6749 section 4.1.2.1, RFC 9126 section 2.1"
                "Register the client for the grant authorization_code.";
            AuthorizeCodeChallenge "authorize.code_challenge" [Par | Authorize] InvalidRequest
                "code_challenge must be sent: the 43 characters of a base64url-encoded SHA-256 hash."
                "The code_challenge is missing, or is not a hash"
                "RFC 7636 sections 4.2 and 4.4.1; FAPI 2.0 Security Profile section 5.3.2.2"
                "Send the base64url-encoded SHA-256 hash of a new code_verifier with each request.";
            AuthorizeCodeChallengeMethod "authorize.code_challenge_method" [Par | Authorize] InvalidRequest
                "code_challenge_method must be S256."
                "The code_challenge_method is not S256"
                "RFC 7636 sections 4.3 and 7.2"
                "Send code_challenge_method=S256; left out, it would mean plain.";
            AuthorizeScope "authorize.scope" [Par | Authorize] InvalidScope
                "scope must be sent: a list of scopes separated by spaces."
                "The scope parameter is missing, or cannot be read"
                "RFC 6749 section 3.3"
                "Send scopes in printable ASCII, separated by single spaces.";
            AuthorizeScopeAllowed "authorize.scope_allowed" [Par | Authorize] InvalidScope
                "The client may request only scopes that it is registered for."
                "A scope is not granted to this client"
                "RFC 6749 section 4.1.2.1; HelseID: error messages, invalid_scope"
                "Register the client for the scope, or request fewer scopes.";
            AuthorizeScopeOpenid "authorize.scope_openid" [Par | Authorize] InvalidScope
                "scope must contain openid where it has identity scopes, or the request has nonce, max_age, acr_values or id_token_hint."
                "The scope parameter lacks openid"
                "OpenID Connect Core 1.0 section 3.1.2.1"
                "Add openid to scope.";
            AuthorizeOfflineAccess "authorize.offline_access" [Par | Authorize] InvalidScope
                "offline_access may be requested by a client that is set up for refresh tokens."
                "The client may not have refresh tokens"
                "OpenID Connect Core 1.0 section 11; HelseID: scopes"
                "Register the client for the grant refresh_token, or leave offline_access out.";
            AuthorizeResource "authorize.resource" [Par | Authorize] InvalidTarget
                "Each resource must name an API that one of the requested scopes belongs to."
                "A resource names no API of the requested scopes"
                "RFC 8707 sections 2 and 2.1; HelseID: resource indicators"
                "Send the name of the API, such as nhn:kjernejournal, and a scope of it.";
            AuthorizeState "authorize.state" [Par | Authorize] InvalidRequest
                "state must be at most 2048 printable characters, and should be sent."
                "The state is missing, or cannot be returned"
                "RFC 6749 section 10.12, RFC 9700 section 4.7"
                "Send a new random state with each request, and compare it in the answer.";
            AuthorizeNonce "authorize.nonce" [Par | Authorize] InvalidRequest
                "nonce must be at most 512 printable characters, and should be sent."
                "The nonce is missing, or cannot be returned"
                "OpenID Connect Core 1.0 section 15.5.2; FAPI 2.0 Security Profile section 5.3.2.2"
                "Send a new random nonce with each request, and compare it in the ID token.";
            AuthorizePrompt "authorize.prompt" [Par | Authorize] InvalidRequest
                "prompt must consist of the words login, consent and select_account, or be none."
                "The prompt is invalid"
                "OpenID Connect Core 1.0 section 3.1.2.1"
                "Send prompt=login for a new login, prompt=none for no page at all, or leave it out.";
            AuthorizeMaxAge "authorize.max_age" [Par | Authorize] InvalidRequest
                "max_age must be a whole number of seconds, 0 or more."
                "The max_age is not a number of seconds"
                "OpenID Connect Core 1.0 section 3.1.2.1"
                "Send max_age as digits only.";
            AuthorizeAcrValues "authorize.acr_values" [Par | Authorize] InvalidRequest
                "acr_values must be words of at most 300 characters together; those that are not known are ignored."
                "The acr_values cannot be read, or a word of them is not known"
                "OpenID Connect Core 1.0 section 3.1.2.1; HelseID: control of the login"
                "Send Level3 or Level4, idp: and the name of an identity provider, or both.";
            AuthorizeLoginHint "authorize.login_hint" [Par | Authorize] InvalidRequest
                "login_hint must be at most 256 characters without control characters."
                "The login_hint cannot be read"
                "OpenID Connect Core 1.0 section 3.1.2.1"
                "Send a short hint, such as the short name of a person.";
            AuthorizeIdTokenHint "authorize.id_token_hint" [Par | Authorize] InvalidRequest
                "id_token_hint must be an ID token that this authority issued to this client; its age does not matter."
                "The id_token_hint is not an ID token of this client"
                "OpenID Connect Core 1.0 sections 3.1.2.1 and 3.1.2.2"
                "Send the user's last ID token unchanged, or leave the hint out.";
            AuthorizeDpopJkt "authorize.dpop_jkt" [Par | Authorize] InvalidRequest
                "dpop_jkt must be the base64url-encoded SHA-256 thumbprint of a key."
                "The dpop_jkt is not a thumbprint"
                "RFC 9449 section 10"
                "Send the JWK thumbprint of the proof's key: 43 characters.";
            AuthorizeTestPerson "authorize.test_person" [Par | Authorize] InvalidRequest
                "test_pid must be the number of a synthetic person, test_security_level 3 or 4, and test_hpr_number digits, and all of them must be pushed."
                "The test person is not accepted"
                "HelseID: test identity provider"
                "Send them to the endpoint for pushed authorization requests, never in a URL, with a number whose month has 80 added.";
        }
    ] $($next)* } };
}
