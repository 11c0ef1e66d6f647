//! The catalogue: every rule with its id, what must hold, where that comes from, and how to mend a breach.

use super::ErrorCode;

/// Where a request is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The authority's token endpoint.
    TokenEndpoint,
    /// An API.
    Api,
    /// The registration of a client's key.
    Registration,
}

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
        $rule:ident $id:literal [$($place:ident)|+] $code:ident
            $statement:literal
            $source:literal
            $mend:literal;
    )+})+) => {
        /// One demand of the protocol.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

            /// Where the rule comes from.
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self { $($(Self::$rule => $source,)+)+ }
            }

            /// How to mend a breach, in one sentence.
            #[must_use]
            pub const fn mend(self) -> &'static str {
                match self { $($(Self::$rule => $mend,)+)+ }
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

            const fn places(self) -> &'static [Place] {
                match self { $($(Self::$rule => &[$(Place::$place),+],)+)+ }
            }
        }
    };
}

impl Rule {
    /// The rules that are looked at in `place`, in catalogue order.
    pub fn at(place: Place) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |rule| rule.places().contains(&place))
    }

    /// The rule with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }

    pub(super) const fn bit(self) -> u128 {
        1 << self as u8
    }
}

catalogue! {
    Request {
        RequestContentType "request.content_type" [TokenEndpoint] InvalidRequest
            "A token request has the content type application/x-www-form-urlencoded."
            "RFC 6749 section 4.4.2"
            "Send the parameters as a form in the body, not as JSON and not in the URL.";
        RequestBody "request.body" [TokenEndpoint] InvalidRequest
            "A token request is a well-formed form in UTF-8 of at most 64 KiB and 64 parameters."
            "RFC 6749 appendix B"
            "Encode each name and value as application/x-www-form-urlencoded, and leave large content out.";
        RequestOnce "request.once" [TokenEndpoint] InvalidRequest
            "No parameter but resource stands in a token request more than once."
            "RFC 6749 section 3.2"
            "Send each parameter once.";
        RequestAssertionType "request.client_assertion_type" [TokenEndpoint] InvalidClient
            "client_assertion_type is urn:ietf:params:oauth:client-assertion-type:jwt-bearer."
            "RFC 7523 section 2.2"
            "Send client_assertion_type with exactly that value.";
        RequestAssertion "request.client_assertion" [TokenEndpoint] InvalidClient
            "The client authenticates with a client assertion, and with nothing else."
            "HelseID: use of client assertion"
            "Send client_assertion; client secrets and mTLS are not accepted.";
        RequestClientId "request.client_id" [TokenEndpoint] InvalidClient
            "A client_id in the request names the same client as the assertion."
            "RFC 7523 section 3 (2)"
            "Leave client_id out, or make it the same as the assertion's sub.";
        RequestGrantType "request.grant_type" [TokenEndpoint] UnsupportedGrantType
            "grant_type is one that this authority grants."
            "RFC 6749 section 5.2"
            "Send grant_type=client_credentials.";
        RequestResource "request.resource" [TokenEndpoint] InvalidTarget
            "resource names at most one API, and one that the scopes belong to."
            "RFC 8707 section 2"
            "Send one resource with the API's name, such as nhn:kjernejournal, or none.";
        RequestScope "request.scope" [TokenEndpoint] InvalidScope
            "scope is a list of scopes separated by spaces."
            "RFC 6749 section 3.3"
            "Send scopes of printable ASCII with one space between them.";
        RequestScopeAllowed "request.scope_allowed" [TokenEndpoint] InvalidScope
            "The client asks only for API scopes that it is registered for, and has at least one."
            "HelseID: error messages, invalid_scope"
            "Register the client for the scope, or ask for fewer; identity scopes are not for client credentials.";
    }
    Assertion {
        AssertionForm "assertion.form" [TokenEndpoint] InvalidClient
            "The assertion is one compact JWS whose header and claims are JSON objects without doubles."
            "RFC 7515 section 7.1, RFC 7519 section 7.2"
            "Make the assertion with a JWT library and send it as it is.";
        AssertionTyp "assertion.typ" [TokenEndpoint] InvalidClient
            "The assertion's header has typ client-authentication+jwt."
            "HelseID: use of client assertion"
            "Set typ to client-authentication+jwt in the header.";
        AssertionAlg "assertion.alg" [TokenEndpoint] InvalidClient
            "The assertion is signed with an asymmetric algorithm that the profile allows."
            "HelseID: security profile, RFC 8725 section 3.1"
            "Sign with PS256 or ES256.";
        AssertionClient "assertion.client" [TokenEndpoint] InvalidClient
            "The assertion's client is registered and enabled."
            "RFC 7523 section 3 (2)"
            "Register the client: helseid client register; or correct the client id.";
        AssertionIss "assertion.iss" [TokenEndpoint] InvalidClient
            "The assertion's iss is the client id."
            "RFC 7523 section 3 (1)"
            "Set iss to the client id.";
        AssertionSub "assertion.sub" [TokenEndpoint] InvalidClient
            "The assertion's sub is the client id."
            "RFC 7523 section 3 (2)"
            "Set sub to the client id, the same as iss.";
        AssertionKid "assertion.kid" [TokenEndpoint] InvalidClient
            "The assertion's kid names a key that the client has registered; without kid, one of its keys fits."
            "RFC 7515 section 4.1.4"
            "Set kid to the registered key's, or register the key: helseid client register --client-id.";
        AssertionKeyExpiry "assertion.key_expiry" [TokenEndpoint] InvalidClient
            "The key that signed the assertion has not expired at the authority."
            "HelseID: management of secrets"
            "Register a new key before the old one expires: helseid client register --client-id.";
        AssertionKeyAlg "assertion.key_alg" [TokenEndpoint] InvalidClient
            "The assertion's alg is the one of the key that signed it."
            "RFC 8725 section 3.1, RFC 7517 section 4.4"
            "Sign with the algorithm that stands in the key's alg.";
        AssertionSignature "assertion.signature" [TokenEndpoint] InvalidClient
            "The assertion's signature is by the registered key."
            "RFC 7523 section 3 (9)"
            "Sign with the private key whose public half is registered, and change nothing afterwards.";
        AssertionAud "assertion.aud" [TokenEndpoint] InvalidClient
            "The assertion's aud is the issuer, and the issuer alone."
            "HelseID: use of client assertion; RFC 7523 section 3 (3)"
            "Set aud to the issuer as the metadata has it, not to the token endpoint.";
        AssertionExp "assertion.exp" [TokenEndpoint] InvalidClient
            "The assertion's exp is a number of seconds and not past."
            "RFC 7523 section 3 (4)"
            "Make a new assertion for each request, and set the clock.";
        AssertionLifetime "assertion.lifetime" [TokenEndpoint] InvalidClient
            "The assertion's exp is at most 60 seconds ahead."
            "HelseID: use of client assertion"
            "Set exp 10 seconds ahead, and set the clock.";
        AssertionNbf "assertion.nbf" [TokenEndpoint] InvalidClient
            "The assertion's nbf, if there is one, is a number of seconds and reached."
            "RFC 7523 section 3 (5)"
            "Set nbf to the present second, and set the clock.";
        AssertionIat "assertion.iat" [TokenEndpoint] InvalidClient
            "The assertion's iat, if there is one, is a number of seconds that is not ahead."
            "RFC 7523 section 3 (6)"
            "Set iat to the present second, and set the clock.";
        AssertionJti "assertion.jti" [TokenEndpoint] InvalidClient
            "The assertion has a jti, a text of at most 256 bytes."
            "RFC 7523 section 3 (7), HelseID: use of client assertion"
            "Set jti to a new random id in each assertion.";
        AssertionJtiOnce "assertion.jti_once" [TokenEndpoint] InvalidClient
            "The assertion's jti was not used before."
            "RFC 7523 section 3 (7), HelseID: planned rule on jti"
            "Make a new assertion for each request, also for the one with the nonce.";
    }
    Details {
        DetailsName "details.name" [TokenEndpoint] InvalidRequest
            "Structured claims stand in assertion_details or in authorization_details, not in both."
            "HelseID: SFM id for multi-tenant clients"
            "Send assertion_details alone.";
        DetailsForm "details.form" [TokenEndpoint] InvalidRequest
            "Structured claims are one structure or an array of several, each of the form that its type has."
            "HelseID: organisation numbers, error HID-1007"
            "Build them with helseid_protocol::details, or as the guide shows.";
        DetailsNumber "details.number" [TokenEndpoint] InvalidRequest
            "An organisation number has nine digits."
            "HelseID: organisation numbers, error HID-1004"
            "Send nine digits; for a parent NO:ORGNR:parent:child, or NO:ORGNR:parent:.";
        DetailsSupported "details.supported" [TokenEndpoint] InvalidRequest
            "A client that sends organisation numbers is set up as single-tenant or multi-tenant."
            "HelseID: organisation numbers, error HID-1010"
            "Register the client with its tenancy: helseid client register --tenancy.";
        DetailsParentEnabled "details.parent_enabled" [TokenEndpoint] InvalidRequest
            "A client that sends the number of a parent is multi-tenant."
            "HelseID: organisation numbers, error HID-1005"
            "Send the child alone, or register the client as multi-tenant.";
        DetailsChildEnabled "details.child_enabled" [TokenEndpoint] InvalidRequest
            "A client that sends the number of a child alone is single-tenant and has registered children."
            "HelseID: organisation numbers, error HID-1006"
            "Register the child: helseid client register --org-child; or send NO:ORGNR:parent:child.";
        DetailsParentAllowed "details.parent_allowed" [TokenEndpoint] InvalidRequest
            "The parent has delegated to the organisation that owns the client."
            "HelseID: organisation numbers, error HID-1001"
            "Add the delegation: helseid org delegate; in production the parent delegates in Altinn.";
        DetailsChildAllowed "details.child_allowed" [TokenEndpoint] InvalidRequest
            "The child is one of those that the client has registered."
            "HelseID: organisation numbers, error HID-1002"
            "Register the child: helseid client register --org-child.";
        DetailsChildOfParent "details.child_of_parent" [TokenEndpoint] InvalidRequest
            "A parent that lists its children lists the child."
            "HelseID: organisation numbers, error HID-1003"
            "Send a child that the parent lists, or add it: helseid org add.";
    }
    Dpop {
        DpopPresent "dpop.present" [TokenEndpoint | Api] InvalidRequest
            "The request comes with a DPoP proof where one is required."
            "HelseID: security profile; RFC 9449 section 5"
            "Send a DPoP header with a proof for this request.";
        DpopOnce "dpop.once" [TokenEndpoint | Api] InvalidDpopProof
            "The request has exactly one DPoP header, with one proof of at most 4 KiB."
            "RFC 9449 section 4.3 (1)"
            "Send one DPoP header.";
        DpopForm "dpop.form" [TokenEndpoint | Api] InvalidDpopProof
            "The proof is one compact JWS whose header and claims are JSON objects without doubles."
            "RFC 9449 section 4.3 (2)"
            "Make the proof with a JWT library and send it as it is.";
        DpopTyp "dpop.typ" [TokenEndpoint | Api] InvalidDpopProof
            "The proof's header has typ dpop+jwt."
            "RFC 9449 section 4.3 (4)"
            "Set typ to dpop+jwt in the proof's header.";
        DpopAlg "dpop.alg" [TokenEndpoint | Api] InvalidDpopProof
            "The proof is signed with an asymmetric algorithm that the profile allows."
            "RFC 9449 section 4.3 (5)"
            "Sign proofs with ES256 or PS256.";
        DpopJwk "dpop.jwk" [TokenEndpoint | Api] InvalidDpopProof
            "The proof's header has jwk, a public key of at most 4096 bits, with no private member."
            "RFC 9449 section 4.3 (7)"
            "Put the public half of the proof's key in jwk, and never the private one.";
        DpopKeyAlg "dpop.key_alg" [TokenEndpoint | Api] InvalidDpopProof
            "The proof's alg fits the key in jwk."
            "RFC 8725 section 3.1, RFC 7517 section 4.4"
            "Sign with the algorithm that stands in the key's alg.";
        DpopSignature "dpop.signature" [TokenEndpoint | Api] InvalidDpopProof
            "The proof's signature is by the key in jwk."
            "RFC 9449 section 4.3 (6)"
            "Sign with the private half of the key in jwk, and change nothing afterwards.";
        DpopJti "dpop.jti" [TokenEndpoint | Api] InvalidDpopProof
            "The proof has a jti, a text of at most 256 bytes."
            "RFC 9449 section 4.3 (3)"
            "Set jti to a new random id in each proof.";
        DpopHtm "dpop.htm" [TokenEndpoint | Api] InvalidDpopProof
            "The proof's htm is the request's method."
            "RFC 9449 section 4.3 (8)"
            "Set htm to the method, in capitals, and make a proof for each request.";
        DpopHtu "dpop.htu" [TokenEndpoint | Api] InvalidDpopProof
            "The proof's htu is the request's address without query and fragment."
            "RFC 9449 section 4.3 (9)"
            "Set htu to the address that is called, and make a proof for each request.";
        DpopIat "dpop.iat" [TokenEndpoint | Api] InvalidDpopProof
            "The proof's iat is a number of seconds, neither past its window nor ahead."
            "RFC 9449 section 4.3 (11)"
            "Make a new proof for each request, and set the clock.";
        DpopAth "dpop.ath" [Api] InvalidDpopProof
            "The proof's ath is the base64url SHA-256 of the access token."
            "RFC 9449 section 4.3 (12a)"
            "Set ath to the hash of exactly the token that is sent.";
        DpopJkt "dpop.jkt" [Api] InvalidDpopProof
            "The proof's key is the one that the access token is bound to."
            "RFC 9449 section 4.3 (12b)"
            "Sign proofs with the key that was used when the token was fetched.";
        DpopNonce "dpop.nonce" [TokenEndpoint | Api] UseDpopNonce
            "The proof's nonce is one that this server gave, and not older than a minute."
            "RFC 9449 section 4.3 (10) and section 8"
            "Take the nonce of the DPoP-Nonce header into a new proof, and ask again with a new assertion.";
        DpopJtiOnce "dpop.jti_once" [TokenEndpoint | Api] InvalidDpopProof
            "The proof was not used before."
            "RFC 9449 section 11.1"
            "Make a new proof with a new jti for each request.";
    }
    Token {
        TokenForm "token.form" [Api] InvalidToken
            "The access token is one compact JWS whose header and claims are JSON objects without doubles."
            "RFC 9068 section 4"
            "Send the access token as the authority gave it.";
        TokenTyp "token.typ" [Api] InvalidToken
            "The access token's header has typ at+jwt or JWT."
            "HelseID: validation of access tokens; RFC 9068 section 4"
            "Send the access token, not another kind of JWT.";
        TokenAlg "token.alg" [Api] InvalidToken
            "The access token is signed with an asymmetric algorithm that the issuer uses."
            "HelseID: validation of access tokens; RFC 8725 section 3.1"
            "Send a token of the issuer that this API trusts.";
        TokenKid "token.kid" [Api] InvalidToken
            "The access token's kid names a key that its issuer publishes."
            "HelseID: validation of access tokens"
            "Fetch a new token; if it is new, the API and the client use different issuers.";
        TokenSignature "token.signature" [Api] InvalidToken
            "The access token's signature is by the issuer's key."
            "HelseID: validation of access tokens; RFC 9068 section 4"
            "Send the access token as the authority gave it.";
        TokenIss "token.iss" [Api] InvalidToken
            "The access token's iss is the issuer that this API trusts."
            "HelseID: validation of access tokens; RFC 9068 section 4"
            "Fetch the token from the issuer that the API trusts.";
        TokenAud "token.aud" [Api] InvalidToken
            "The access token's aud holds the name of this API."
            "HelseID: validation of access tokens; RFC 9068 section 4"
            "Ask for a scope of this API when fetching the token.";
        TokenExp "token.exp" [Api] InvalidToken
            "The access token's exp is a number of seconds and not past."
            "HelseID: validation of access tokens; RFC 9068 section 4"
            "Fetch a new token.";
        TokenNbf "token.nbf" [Api] InvalidToken
            "The access token's nbf, if there is one, is a number of seconds and reached."
            "HelseID: validation of access tokens"
            "Wait for it, or set the API's clock.";
        TokenClaims "token.claims" [Api] InvalidToken
            "The access token's claims have the types that HelseID gives them."
            "HelseID: claims"
            "Send the access token as the authority gave it.";
        TokenCnf "token.cnf" [Api] InvalidToken
            "An access token sent with DPoP is bound to a key by cnf.jkt, and cnf holds nothing that is not checked here."
            "RFC 9449 section 6.1, RFC 7800 section 3.1; of this project: no other member"
            "Fetch the token with a DPoP proof; one that is bound to a certificate, too, is for another kind of API.";
        TokenSingleAudience "token.single_audience" [TokenEndpoint] InvalidTarget
            "The scopes asked for belong to one API, so that the token has one audience."
            "HelseID: validation of access tokens"
            "Ask for one API's scopes at a time, or name it as resource; most national APIs refuse other tokens.";
    }
    Api {
        ApiAuthorization "api.authorization" [Api] InvalidRequest
            "The request has one Authorization header, of at most 8 KiB: a scheme, a space and one token."
            "RFC 9110 section 11.6.2, RFC 6750 section 3.1"
            "Send Authorization: DPoP, a space and the token, once.";
        ApiScheme "api.scheme" [Api] InvalidToken
            "The Authorization header has the scheme that this API accepts."
            "HelseID: an endpoint takes DPoP or Bearer, never both; RFC 9449 section 7.1"
            "Send the token with the scheme of the challenge.";
        ApiBoundToken "api.bound_token" [Api] InvalidToken
            "An access token that is bound to a key is sent with DPoP, never as Bearer."
            "RFC 9449 section 7.2"
            "Send the token with the scheme DPoP and a proof.";
        ApiSingleAudience "api.single_audience" [Api] InvalidToken
            "This API is the only audience of the access token."
            "HelseID: validation of access tokens"
            "Fetch a token for this API alone: ask for its scopes only, or name it as resource.";
        ApiScope "api.scope" [Api] InsufficientScope
            "The access token has the scope that this resource asks for."
            "RFC 6750 section 3.1; HelseID: validation of access tokens"
            "Ask for the scope when fetching the token, and register the client for it.";
        ApiSecurityLevel "api.security_level" [Api] InsufficientUserAuthentication
            "The user is logged in as strongly as this resource asks."
            "RFC 9470 section 3; HelseID: validation of access tokens"
            "Let the user log in anew, with the acr_values of the challenge.";
        ApiTenancy "api.tenancy" [Api] InsufficientScope
            "The client has a tenancy that this resource takes."
            "HelseID: organisation numbers; RFC 6750 section 3.1"
            "Register the client with that tenancy.";
        ApiOrganisation "api.organisation" [Api] InsufficientScope
            "The access token names the organisation that the client acts for."
            "HelseID: organisation numbers; RFC 6750 section 3.1"
            "Say in the assertion for which organisation the token is fetched.";
        ApiClaims "api.claims" [Api] InsufficientScope
            "The access token's claims are as this resource asks."
            "RFC 6750 section 3.1"
            "Ask the API's owner what its clients' tokens must say, and register the client for that.";
    }
    Key {
        KeyForm "key.form" [Registration] InvalidClientMetadata
            "A key to register is one JWK: a JSON object without doubles, with the numbers of its kind."
            "RFC 7517 section 4, RFC 7518 section 6"
            "Send NAME_public.json as helseid key generate --out NAME writes it.";
        KeyPublic "key.public" [TokenEndpoint | Api | Registration] InvalidClient
            "The private half of a client's key is known to its owner alone: it is not sent along, nor published as an example."
            "RFC 7591 section 2; HelseID: management of secrets; FAPI 2.0 Security Profile section 5.4.1"
            "Send the public half of a key of your own: helseid key generate --out NAME; a private half that was sent was not kept.";
        KeyKind "key.kind" [Registration] InvalidClientMetadata
            "A key to register is RSA, or EC on P-256, P-384 or P-521, or OKP with Ed25519; never a symmetric one."
            "HelseID: security profile; RFC 7518 section 6, RFC 8037 section 2"
            "Make a key: helseid key generate --out NAME.";
        KeySize "key.size" [Registration] InvalidClientMetadata
            "An RSA key to register has 2048 to 8192 bits."
            "HelseID: security profile; FAPI 2.0 Security Profile section 5.4.1"
            "Make a key of 3072 or 4096 bits: helseid key generate --size 4096 --out NAME.";
        KeyNumbers "key.numbers" [Registration] InvalidClientMetadata
            "The numbers of a key to register are a key: a point on its curve, or an odd modulus with a sound exponent."
            "RFC 7518 section 6, RFC 8725 section 3.4"
            "Export the key again, or make a new one: helseid key generate --out NAME.";
        KeyRoca "key.roca" [Registration] InvalidClientMetadata
            "The modulus of an RSA key does not have the fingerprint of CVE-2017-15361 (ROCA)."
            "CVE-2017-15361; FAPI 2.0 Security Profile section 5.4.1"
            "Make a key outside the smart card or TPM that made this one: helseid key generate --out NAME.";
        KeyFactors "key.factors" [Registration] InvalidClientMetadata
            "The modulus of an RSA key has no prime factor below 65536."
            "RFC 8017 section 3.1; FAPI 2.0 Security Profile section 5.4.1"
            "Make a key with another generator: helseid key generate --out NAME.";
        KeyUse "key.use" [Registration] InvalidClientMetadata
            "A key to register is for signatures, as far as its use and key_ops say."
            "RFC 7517 section 4.2 and 4.3"
            "Set use to sig, or leave use and key_ops out.";
        KeyAlg "key.alg" [Registration] InvalidClientMetadata
            "A key to register fits an algorithm that the client's profile allows, and its alg names one of them."
            "HelseID: security profile; RFC 7517 section 4.4"
            "Set alg to one that fits the key, such as PS256 for RSA and ES256 for P-256, or leave it out.";
        KeyKidOnce "key.kid_once" [Registration] InvalidClientMetadata
            "Each key of a client has a kid of its own."
            "RFC 7517 section 4.5"
            "Give the new key another kid, or leave kid out for the thumbprint.";
    }
}

const _: () = assert!(Rule::ALL.len() <= 128, "a trail has one bit for each rule");

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
    fn statements_and_mends_are_whole_sentences() {
        for rule in Rule::ALL {
            assert!(rule.statement().ends_with('.') && rule.mend().ends_with('.'), "{}", rule.id());
            assert!(!rule.source().is_empty(), "{}", rule.id());
        }
    }
}
