//! The catalogue: every rule with its id, what must hold, where that comes from, and how to fix a breach.

use super::endpoint::Endpoints;
use super::{Endpoint, ErrorCode};

/// What a rule is about; the first part of its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// The form of a token request, and what it asks for.
    Request,
    /// The client assertion.
    Assertion,
    /// The assertion's structured claims.
    Details,
    /// The DPoP proof.
    Dpop,
    /// The access token.
    Token,
    /// The request to an API.
    Api,
    /// A key that a client registers.
    Key,
}

impl Family {
    /// Every family, in catalogue order.
    pub const ALL: [Self; 7] =
        [Self::Request, Self::Assertion, Self::Details, Self::Dpop, Self::Token, Self::Api, Self::Key];

    /// As ids begin.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Assertion => "assertion",
            Self::Details => "details",
            Self::Dpop => "dpop",
            Self::Token => "token",
            Self::Api => "api",
            Self::Key => "key",
        }
    }
}

macro_rules! catalogue {
    ($($family:ident {$(
        $rule:ident $id:literal [$($endpoint:ident)|+] $code:ident
            $statement:literal
            $breach:literal
            $source:literal
            $fix:literal;
    )+})+) => {
        /// One requirement of the protocol.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Rule {
            $($(#[doc = $statement] $rule,)+)+
        }

        impl Rule {
            /// Every rule, in catalogue order.
            pub const ALL: &[Self] = &[$($(Self::$rule,)+)+];

            /// The name by which people and programs speak of the rule, such as `assertion.aud`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $($(Self::$rule => $id,)+)+ }
            }

            /// What must hold, in one sentence.
            #[must_use]
            pub const fn statement(self) -> &'static str {
                match self { $($(Self::$rule => $statement,)+)+ }
            }

            /// What happened where the rule is broken, in a few words without a full stop.
            #[must_use]
            pub const fn breach(self) -> &'static str {
                match self { $($(Self::$rule => $breach,)+)+ }
            }

            /// Where the rule comes from.
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self { $($(Self::$rule => $source,)+)+ }
            }

            /// How to fix a breach, in one sentence.
            #[must_use]
            pub const fn fix(self) -> &'static str {
                match self { $($(Self::$rule => $fix,)+)+ }
            }

            /// The error code of a breach.
            #[must_use]
            pub const fn code(self) -> ErrorCode {
                match self { $($(Self::$rule => ErrorCode::$code,)+)+ }
            }

            /// What the rule is about.
            #[must_use]
            pub const fn family(self) -> Family {
                match self { $($(Self::$rule => Family::$family,)+)+ }
            }

            const fn endpoints(self) -> Endpoints {
                match self { $($(Self::$rule => const { Endpoints::of(&[$(Endpoints::$endpoint),+]) },)+)+ }
            }
        }
    };
}

impl Rule {
    /// The rules that `endpoint` checks, in catalogue order.
    pub fn at(endpoint: Endpoint) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |rule| rule.endpoints().contains(endpoint))
    }

    /// The rule with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

catalogue! {
    Request {
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
        RequestAssertionType "request.client_assertion_type" [Token] InvalidClient
            "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer."
            "The client_assertion_type is wrong"
            "RFC 7523 section 2.2"
            "Send client_assertion_type with exactly that value.";
        RequestAssertion "request.client_assertion" [Token] InvalidClient
            "The client must authenticate with a client assertion and nothing else."
            "The client does not authenticate with a client assertion alone"
            "HelseID: use of client assertion"
            "Send client_assertion; client secrets and mTLS are not accepted.";
        RequestClientId "request.client_id" [Token] InvalidClient
            "A client_id in the request must name the same client as the assertion."
            "The client_id and the assertion name different clients"
            "RFC 7523 section 3 (2)"
            "Leave client_id out, or make it the same as the assertion's sub.";
        RequestGrantType "request.grant_type" [Token] UnsupportedGrantType
            "grant_type must be one that this authority supports."
            "This grant_type is not supported"
            "RFC 6749 section 5.2"
            "Send grant_type=client_credentials.";
        RequestGrantAllowed "request.grant_allowed" [Token] UnauthorizedClient
            "The client may request only the grant types that it is registered for."
            "A grant type is not granted to this client"
            "RFC 6749 section 5.2"
            "Register the client for the grant type, or request with one that it has.";
        RequestResource "request.resource" [ClientCredentials] InvalidTarget
            "resource may name one API, which one of the granted scopes must belong to."
            "No token can be issued for this resource"
            "RFC 8707 section 2"
            "Send resource once with the name of an API, such as nhn:kjernejournal, or leave it out.";
        RequestScope "request.scope" [ClientCredentials] InvalidScope
            "scope must be a list of scopes separated by spaces."
            "The scope parameter cannot be read"
            "RFC 6749 section 3.3"
            "Send scopes in printable ASCII, separated by single spaces.";
        RequestScopeAllowed "request.scope_allowed" [ClientCredentials] InvalidScope
            "The client may request only API scopes that it is registered for, and must be registered for at least one."
            "A scope is not granted to this client"
            "HelseID: error messages, invalid_scope"
            "Register the client for the scope, or request fewer scopes; client credentials give no identity scopes.";
    }
    Assertion {
        AssertionForm "assertion.form" [Token] InvalidClient
            "The assertion must be one compact JWS whose header and claims are JSON objects without duplicate members."
            "The assertion is not a JWT"
            "RFC 7515 section 7.1, RFC 7519 section 7.2"
            "Make the assertion with a JWT library and send it unchanged.";
        AssertionTyp "assertion.typ" [Token] InvalidClient
            "The assertion's header must have typ client-authentication+jwt."
            "The assertion's typ is wrong"
            "HelseID: use of client assertion"
            "Set typ to client-authentication+jwt in the header; profile legacy also accepts JWT.";
        AssertionAlg "assertion.alg" [Token] InvalidClient
            "The assertion must be signed with an asymmetric algorithm that the profile allows."
            "The assertion's alg is not allowed"
            "HelseID: security profile, RFC 8725 section 3.1"
            "Sign with PS256 or ES256.";
        AssertionClient "assertion.client" [Token] InvalidClient
            "The assertion's client must be registered and enabled."
            "The client is not registered and enabled"
            "RFC 7523 section 3 (2)"
            "Register the client with helseid client register, or correct the client id.";
        AssertionIss "assertion.iss" [Token] InvalidClient
            "The assertion's iss must be the client id."
            "The assertion's iss is not the client id"
            "RFC 7523 section 3 (1)"
            "Set iss to the client id.";
        AssertionSub "assertion.sub" [Token] InvalidClient
            "The assertion's sub must be the client id."
            "The assertion's sub is not the client id"
            "RFC 7523 section 3 (2)"
            "Set sub to the client id, the same as iss.";
        AssertionKid "assertion.kid" [Token] InvalidClient
            "The assertion's kid must name a key that the client has registered; without a kid, one of the client's keys must fit."
            "No registered key fits the assertion"
            "RFC 7515 section 4.1.4"
            "Set kid to that of the registered key, or register the key with helseid client register --client-id.";
        AssertionKeyExpiry "assertion.key_expiry" [Token] InvalidClient
            "The key that signed the assertion must not have expired at the authority."
            "The key that signed the assertion has expired"
            "HelseID: management of secrets"
            "Register a new key before the old one expires, with helseid client register --client-id.";
        AssertionKeyAlg "assertion.key_alg" [Token] InvalidClient
            "The assertion's alg must be the alg of the key that signed it."
            "The assertion's alg is not that of its key"
            "RFC 8725 section 3.1, RFC 7517 section 4.4"
            "Sign with the algorithm in the key's alg.";
        AssertionSignature "assertion.signature" [Token] InvalidClient
            "The assertion must be signed by the registered key."
            "The assertion is not signed by the registered key"
            "RFC 7523 section 3 (9)"
            "Sign with the private key whose public half is registered, and change nothing afterwards.";
        AssertionAud "assertion.aud" [Token] InvalidClient
            "The assertion's aud must be the issuer and nothing else."
            "The assertion's aud is not the issuer"
            "HelseID: use of client assertion; RFC 7523 section 3 (3)"
            "Set aud to the issuer exactly as in the metadata; profile legacy also accepts the token endpoint.";
        AssertionExp "assertion.exp" [Token] InvalidClient
            "The assertion's exp must be a number of seconds, and must not have passed."
            "The assertion has expired, or has no exp"
            "RFC 7523 section 3 (4)"
            "Make a new assertion for each request, and check the clock.";
        AssertionLifetime "assertion.lifetime" [Token] InvalidClient
            "The assertion's exp must be at most 60 seconds in the future."
            "The assertion's exp is too far in the future"
            "HelseID: use of client assertion"
            "Set exp 10 seconds into the future, and check the clock.";
        AssertionNbf "assertion.nbf" [Token] InvalidClient
            "The assertion's nbf, if present, must be a number of seconds that is not in the future."
            "The assertion's nbf is in the future"
            "RFC 7523 section 3 (5)"
            "Set nbf to the current time, and check the clock.";
        AssertionIat "assertion.iat" [Token] InvalidClient
            "The assertion's iat, if present, must be a number of seconds that is not in the future."
            "The assertion's iat is in the future"
            "RFC 7523 section 3 (6)"
            "Set iat to the current time, and check the clock.";
        AssertionJti "assertion.jti" [Token] InvalidClient
            "The assertion must have a jti, a string of at most 256 bytes."
            "The assertion has no usable jti"
            "RFC 7523 section 3 (7), HelseID: use of client assertion"
            "Set jti to a new random value in each assertion.";
        AssertionJtiOnce "assertion.jti_once" [Token] InvalidClient
            "The assertion's jti must not have been used before."
            "The assertion was used before"
            "RFC 7523 section 3 (7), HelseID: planned rule on jti"
            "Make a new assertion for each request, also for the one that repeats a request with a nonce; profile helseid accepts the same one there.";
    }
    Details {
        DetailsName "details.name" [Token] InvalidRequest
            "Structured claims must be in assertion_details or in authorization_details, not in both."
            "Structured claims are sent under two names"
            "HelseID: SFM id for multi-tenant clients"
            "Send only assertion_details.";
        DetailsForm "details.form" [Token] InvalidRequest
            "Structured claims must be one object or an array of objects, each with the members of its type."
            "The structured claims cannot be read"
            "HelseID: organisation numbers, error HID-1007"
            "Build them with helseid_protocol::details, or as the guide shows.";
        DetailsNumber "details.number" [Token] InvalidRequest
            "An organisation number must have nine digits."
            "An organisation number is invalid"
            "HelseID: organisation numbers, error HID-1004"
            "Send nine digits; for a parent, NO:ORGNR:parent:child or NO:ORGNR:parent:.";
        DetailsSupported "details.supported" [Token] InvalidRequest
            "A client that sends organisation numbers must be set up as single-tenant or multi-tenant."
            "The client has no tenancy"
            "HelseID: organisation numbers, error HID-1010"
            "Register the client with its tenancy, with helseid client register --tenancy.";
        DetailsParentEnabled "details.parent_enabled" [Token] InvalidRequest
            "A client that sends the number of a parent must be multi-tenant."
            "The client may not name a parent"
            "HelseID: organisation numbers, error HID-1005"
            "Send the child alone, or register the client as multi-tenant.";
        DetailsChildEnabled "details.child_enabled" [Token] InvalidRequest
            "A client that sends the number of a child alone must be single-tenant and have registered children."
            "The client may not name a child alone"
            "HelseID: organisation numbers, error HID-1006"
            "Register the child with helseid client register --org-child, or send NO:ORGNR:parent:child.";
        DetailsParentAllowed "details.parent_allowed" [Token] InvalidRequest
            "The parent must have delegated to the organisation that owns the client."
            "The client may not act for this parent"
            "HelseID: organisation numbers, error HID-1001"
            "Add the delegation with helseid org delegate; in production the parent delegates in Altinn.";
        DetailsChildAllowed "details.child_allowed" [Token] InvalidRequest
            "The child must be one that the client has registered."
            "The client may not act for this child"
            "HelseID: organisation numbers, error HID-1002"
            "Register the child with helseid client register --org-child.";
        DetailsChildOfParent "details.child_of_parent" [Token] InvalidRequest
            "A parent that lists its children must list the child."
            "The child does not belong to this parent"
            "HelseID: organisation numbers, error HID-1003"
            "Send a child that the parent lists, or add it with helseid org add.";
    }
    Dpop {
        DpopPresent "dpop.present" [Token] InvalidRequest
            "The request must have a DPoP proof where one is required."
            "The request has no DPoP proof"
            "HelseID: security profile; RFC 9449 section 5"
            "Send a DPoP header with a proof for this request; a client that cannot make one needs profile legacy: helseid client update --profile legacy.";
        DpopOnce "dpop.once" [Token | Api] InvalidDpopProof
            "The request must have exactly one DPoP header, with one proof of at most 4 KiB."
            "There is not exactly one DPoP header with one proof"
            "RFC 9449 section 4.3 (1)"
            "Send one DPoP header with one proof.";
        DpopForm "dpop.form" [Token | Api] InvalidDpopProof
            "The proof must be one compact JWS whose header and claims are JSON objects without duplicate members."
            "The proof is not a JWT"
            "RFC 9449 section 4.3 (2)"
            "Make the proof with a JWT library and send it unchanged.";
        DpopTyp "dpop.typ" [Token | Api] InvalidDpopProof
            "The proof's header must have typ dpop+jwt."
            "The proof's typ is wrong"
            "RFC 9449 section 4.3 (4)"
            "Set typ to dpop+jwt in the proof's header.";
        DpopAlg "dpop.alg" [Token | Api] InvalidDpopProof
            "The proof must be signed with an asymmetric algorithm that the profile allows."
            "The proof's alg is not allowed"
            "RFC 9449 section 4.3 (5)"
            "Sign proofs with ES256 or PS256.";
        DpopJwk "dpop.jwk" [Token | Api] InvalidDpopProof
            "The proof's header must have a jwk: a public key of at most 4096 bits, without private members."
            "The proof's jwk is not a usable public key"
            "RFC 9449 section 4.3 (7)"
            "Put the public half of the proof's key in jwk, never the private half.";
        DpopKeyAlg "dpop.key_alg" [Token | Api] InvalidDpopProof
            "The proof's alg must fit the key in jwk."
            "The proof's alg does not fit its key"
            "RFC 8725 section 3.1, RFC 7517 section 4.4"
            "Sign with the algorithm in the key's alg.";
        DpopSignature "dpop.signature" [Token | Api] InvalidDpopProof
            "The proof must be signed by the key in jwk."
            "The proof is not signed by the key in jwk"
            "RFC 9449 section 4.3 (6)"
            "Sign with the private half of the key in jwk, and change nothing afterwards.";
        DpopJti "dpop.jti" [Token | Api] InvalidDpopProof
            "The proof must have a jti, a string of at most 256 bytes."
            "The proof has no usable jti"
            "RFC 9449 section 4.3 (3)"
            "Set jti to a new random value in each proof.";
        DpopHtm "dpop.htm" [Token | Api] InvalidDpopProof
            "The proof's htm must be the request's method."
            "The proof is for another method"
            "RFC 9449 section 4.3 (8)"
            "Set htm to the method in upper case, and make a new proof for each request.";
        DpopHtu "dpop.htu" [Token | Api] InvalidDpopProof
            "The proof's htu must be the request's URL without query and fragment."
            "The proof is for another URL"
            "RFC 9449 section 4.3 (9)"
            "Set htu to the URL that is called, and make a new proof for each request.";
        DpopIat "dpop.iat" [Token | Api] InvalidDpopProof
            "The proof's iat must be a number of seconds within the accepted window."
            "The proof's iat is too old or in the future"
            "RFC 9449 section 4.3 (11)"
            "Make a new proof for each request, and check the clock.";
        DpopAth "dpop.ath" [Api] InvalidDpopProof
            "The proof's ath must be the base64url-encoded SHA-256 hash of the access token."
            "The proof is for another access token"
            "RFC 9449 section 4.3 (12a)"
            "Set ath to the hash of the token that is sent.";
        DpopJkt "dpop.jkt" [Api] InvalidDpopProof
            "The proof's key must be the one that the access token is bound to."
            "The proof is signed by another key than the token is bound to"
            "RFC 9449 section 4.3 (12b)"
            "Sign proofs with the key that was used when the token was fetched.";
        DpopNonce "dpop.nonce" [Token | Api] UseDpopNonce
            "The proof's nonce must be one that this server issued within the last minute."
            "The proof has no valid nonce of this server"
            "RFC 9449 section 4.3 (10) and section 8"
            "Repeat the request with a new proof that has the nonce of the DPoP-Nonce header, and at the token endpoint with a new assertion.";
        DpopJtiOnce "dpop.jti_once" [Token | Api] InvalidDpopProof
            "The proof must not have been used before."
            "The proof was used before"
            "RFC 9449 section 11.1"
            "Make a new proof with a new jti for each request.";
    }
    Token {
        TokenForm "token.form" [Api] InvalidToken
            "The access token must be one compact JWS whose header and claims are JSON objects without duplicate members."
            "The access token is not a JWT"
            "RFC 9068 section 4"
            "Send the access token as the authority issued it.";
        TokenTyp "token.typ" [Api] InvalidToken
            "The access token's header must have typ at+jwt or JWT."
            "The token is not an access token"
            "HelseID: validation of access tokens; RFC 9068 section 4"
            "Send the access token, not another kind of JWT.";
        TokenAlg "token.alg" [Api] InvalidToken
            "The access token must be signed with an asymmetric algorithm that the issuer uses."
            "The access token's alg is not allowed"
            "HelseID: validation of access tokens; RFC 8725 section 3.1"
            "Send a token from the issuer that this API trusts.";
        TokenKid "token.kid" [Api] InvalidToken
            "The access token's kid must name a key that its issuer publishes."
            "The access token's kid names no key of its issuer"
            "HelseID: validation of access tokens"
            "Fetch a new token; if a new one fails too, the API and the client use different issuers.";
        TokenSignature "token.signature" [Api] InvalidToken
            "The access token must be signed by the issuer's key."
            "The access token is not signed by its issuer"
            "HelseID: validation of access tokens; RFC 9068 section 4"
            "Send the access token as the authority issued it.";
        TokenIss "token.iss" [Api] InvalidToken
            "The access token's iss must be the issuer that this API trusts."
            "The access token is from another issuer"
            "HelseID: validation of access tokens; RFC 9068 section 4"
            "Fetch the token from the issuer that the API trusts.";
        TokenAud "token.aud" [Api] InvalidToken
            "The access token's aud must contain the name of this API."
            "The access token is for another API"
            "HelseID: validation of access tokens; RFC 9068 section 4"
            "Request a scope of this API when fetching the token.";
        TokenExp "token.exp" [Api] InvalidToken
            "The access token's exp must be a number of seconds, and must not have passed."
            "The access token has expired, or has no exp"
            "HelseID: validation of access tokens; RFC 9068 section 4"
            "Fetch a new token.";
        TokenNbf "token.nbf" [Api] InvalidToken
            "The access token's nbf, if present, must be a number of seconds that is not in the future."
            "The access token's nbf is in the future"
            "HelseID: validation of access tokens"
            "Wait, or correct the API's clock.";
        TokenClaims "token.claims" [Api] InvalidToken
            "The access token's claims must have the types that HelseID defines."
            "A claim of the access token cannot be read"
            "HelseID: claims"
            "Send the access token as the authority issued it.";
        TokenCnf "token.cnf" [Api] InvalidToken
            "An access token sent with DPoP must be bound to a key by cnf.jkt, and cnf must have no other member."
            "The access token is not bound to a key by cnf.jkt alone"
            "RFC 9449 section 6.1, RFC 7800 section 3.1; of this project: no other member"
            "Fetch the token with a DPoP proof; this API does not accept one that is also bound to a certificate.";
        TokenSingleAudience "token.single_audience" [ClientCredentials] InvalidTarget
            "The requested scopes must belong to one API, so that the token has one audience."
            "The scopes belong to several APIs"
            "HelseID: validation of access tokens"
            "Request the scopes of one API at a time, or name the API in resource; most national APIs refuse tokens with several audiences.";
    }
    Api {
        ApiAuthorization "api.authorization" [Api] InvalidRequest
            "The request must have one Authorization header, of at most 8 KiB: a scheme, a space and one token."
            "The Authorization header cannot be read"
            "RFC 9110 section 11.6.2, RFC 6750 section 3.1"
            "Send one Authorization header: DPoP, a space and the token.";
        ApiScheme "api.scheme" [Api] InvalidToken
            "The Authorization header must use a scheme that this API accepts."
            "This API does not accept the scheme of the Authorization header"
            "HelseID: an endpoint takes DPoP or Bearer, never both; RFC 9449 section 7.1"
            "Send the token with the scheme in the challenge.";
        ApiBoundToken "api.bound_token" [Api] InvalidToken
            "An access token that is bound to a key must be sent with DPoP, never as Bearer."
            "A token that is bound to a key is sent as Bearer"
            "RFC 9449 section 7.2"
            "Send the token with the scheme DPoP and a proof.";
        ApiProof "api.proof" [Api] InvalidToken
            "An access token that is sent with DPoP must be accompanied by a proof."
            "The request has no DPoP proof"
            "RFC 9449 section 7.1, RFC 6750 section 3.1"
            "Send a DPoP header with a proof for this request; a client that cannot make one needs an API with the scheme bearer or transition.";
        ApiSingleAudience "api.single_audience" [Api] InvalidToken
            "This API must be the only audience of the access token."
            "The access token is also for other APIs"
            "HelseID: validation of access tokens"
            "Fetch a token for this API alone: request only its scopes, or name it in resource.";
        ApiScope "api.scope" [Api] InsufficientScope
            "The access token must have the scope that this resource requires."
            "The access token lacks a scope"
            "RFC 6750 section 3.1; HelseID: validation of access tokens"
            "Request the scope when fetching the token, and register the client for it.";
        ApiSecurityLevel "api.security_level" [Api] InsufficientUserAuthentication
            "The user must be logged in at the security level that this resource requires."
            "The user's security level is too low"
            "RFC 9470 section 3; HelseID: validation of access tokens"
            "Let the user log in again with the acr_values of the challenge.";
        ApiTenancy "api.tenancy" [Api] InsufficientScope
            "The client must have a tenancy that this resource accepts."
            "This resource does not accept the client's tenancy"
            "HelseID: organisation numbers; RFC 6750 section 3.1"
            "Register the client with a tenancy that is accepted.";
        ApiOrganisation "api.organisation" [Api] InsufficientScope
            "The access token must name the organisation that the client acts for."
            "The access token names no organisation"
            "HelseID: organisation numbers; RFC 6750 section 3.1"
            "Name the organisation in the assertion when fetching the token.";
        ApiClaims "api.claims" [Api] InsufficientScope
            "The access token's claims must meet the requirements of this resource."
            "The access token's claims do not meet the requirements of this resource"
            "RFC 6750 section 3.1"
            "Ask the API's owner which claims are required, and register the client accordingly.";
    }
    Key {
        KeyForm "key.form" [Registration] InvalidClientMetadata
            "A key to register must be one JWK: a JSON object without duplicate members, with the parameters of its type."
            "The key is not a readable JWK"
            "RFC 7517 section 4, RFC 7518 section 6"
            "Send the file NAME_public.json that helseid key generate --out NAME writes.";
        KeyPublic "key.public" [Token | Api | Registration] InvalidClient
            "The private half of a client's key must be known to its owner alone: it must not be sent along or published as an example."
            "Others than its owner know the private half of the key"
            "RFC 7591 section 2; HelseID: management of secrets; FAPI 2.0 Security Profile section 5.4.1"
            "Send the public half of your own key, made with helseid key generate --out NAME; a private half that was sent is not stored.";
        KeyKind "key.kind" [Registration] InvalidClientMetadata
            "A key to register must be RSA, or EC on P-256, P-384 or P-521, or OKP with Ed25519, and must not be symmetric."
            "Keys of this type are not accepted"
            "HelseID: security profile; RFC 7518 section 6, RFC 8037 section 2"
            "Make a key with helseid key generate --out NAME.";
        KeySize "key.size" [Registration] InvalidClientMetadata
            "An RSA key to register must have 2048 to 8192 bits."
            "The key has too few or too many bits"
            "HelseID: security profile; FAPI 2.0 Security Profile section 5.4.1"
            "Make a key of 3072 or 4096 bits with helseid key generate --size 4096 --out NAME.";
        KeyNumbers "key.numbers" [Registration] InvalidClientMetadata
            "The parameters of a key to register must be valid: a point on its curve, or an odd modulus with a valid exponent."
            "The key's parameters are invalid"
            "RFC 7518 section 6, RFC 8725 section 3.4"
            "Export the key again, or make a new one with helseid key generate --out NAME.";
        KeyRoca "key.roca" [Registration] InvalidClientMetadata
            "The modulus of an RSA key must not have the fingerprint of CVE-2017-15361 (ROCA)."
            "The key has the fingerprint of ROCA"
            "CVE-2017-15361; FAPI 2.0 Security Profile section 5.4.1"
            "Make a key outside the smart card or TPM that made this one, with helseid key generate --out NAME.";
        KeyFactors "key.factors" [Registration] InvalidClientMetadata
            "The modulus of an RSA key must have no prime factor below 65536."
            "The key's modulus has a small prime factor"
            "RFC 8017 section 3.1; FAPI 2.0 Security Profile section 5.4.1"
            "Make a key with another generator, such as helseid key generate --out NAME.";
        KeyUse "key.use" [Registration] InvalidClientMetadata
            "A key to register must be for signatures if it has use or key_ops."
            "The key is not for signatures"
            "RFC 7517 section 4.2 and 4.3"
            "Set use to sig, or leave use and key_ops out.";
        KeyAlg "key.alg" [Registration] InvalidClientMetadata
            "A key to register must fit an algorithm that the client's profile allows, and its alg must name one of them."
            "The key fits no algorithm that the client's profile allows"
            "HelseID: security profile; RFC 7517 section 4.4"
            "Set alg to one that fits the key, such as PS256 for RSA and ES256 for P-256, or leave it out.";
        KeyKidOnce "key.kid_once" [Registration] InvalidClientMetadata
            "Each key of a client must have a kid of its own."
            "Another key of the client has this kid"
            "RFC 7517 section 4.5"
            "Give the new key another kid, or leave kid out to use the thumbprint.";
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_id_is_its_own_and_leads_back_to_its_rule() {
        let ids: HashSet<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        assert_eq!(ids.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            assert_eq!(Rule::by_id(rule.id()), Some(*rule));
        }
        assert_eq!(Rule::by_id("assertion.nonsense"), None);
    }

    #[test]
    fn an_id_begins_with_its_family() {
        for rule in Rule::ALL {
            assert_eq!(rule.id().split('.').next(), Some(rule.family().name()));
        }
    }

    #[test]
    fn statements_and_fixes_are_whole_sentences() {
        for rule in Rule::ALL {
            assert!(rule.statement().ends_with('.') && rule.fix().ends_with('.'), "{}", rule.id());
            assert!(
                rule.statement().contains(" must ") || rule.statement().contains(" may "),
                "{}",
                rule.id()
            );
            assert!(!rule.breach().ends_with('.') && rule.breach().starts_with(|c: char| c.is_uppercase()));
            assert!(!rule.source().is_empty(), "{}", rule.id());
        }
    }
}
