//! The request to an API.

macro_rules! api {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// The request to an API.
        Api "api" {
            ApiAuthorization "api.authorization" [Api | UserInfo] InvalidRequest
                "The request must have one Authorization header, of at most 8 KiB: a scheme, a space and one token."
                "The Authorization header cannot be read"
                "RFC 9110 section 11.6.2, RFC 6750 section 3.1"
                "Send one Authorization header: DPoP, a space and the token.";
            ApiScheme "api.scheme" [Api | UserInfo] InvalidToken
                "The Authorization header must use a scheme that this API accepts."
                "This API does not accept the scheme of the Authorization header"
                "HelseID: an endpoint takes DPoP or Bearer, never both; RFC 9449 section 7.1"
                "Send the token with the scheme in the challenge.";
            ApiBoundToken "api.bound_token" [Api] InvalidToken
                "An access token that is bound to a key must be sent with DPoP, never as Bearer."
                "A token that is bound to a key is sent as Bearer"
                "RFC 9449 section 7.2"
                "Send the token with the scheme DPoP and a proof.";
            ApiProof "api.proof" [Api | UserInfo] InvalidToken
                "An access token that is sent with DPoP must be accompanied by a proof."
                "The request has no DPoP proof"
                "RFC 9449 section 7.1, RFC 6750 section 3.1"
                "Send a DPoP header with a proof for this request; a client that cannot make one needs an API with the scheme bearer or transition.";
            ApiSingleAudience "api.single_audience" [Api] InvalidToken
                "This API must be the only audience of the access token."
                "The access token is also for other APIs"
                "HelseID: validation of access tokens"
                "Fetch a token for only this API: request only its scopes, or name it in resource.";
            ApiScope "api.scope" [Api] InsufficientScope
                "The access token must have the scope that this resource requires."
                "The access token lacks a scope"
                "RFC 6750 section 3.1; HelseID: validation of access tokens"
                "Request the scope when fetching the token, and register the client for it.";
            ApiPerson "api.person" [Api] InsufficientUserAuthentication
                "The access token must belong to a person who is logged in."
                "The access token does not belong to a person"
                "RFC 9470 section 3; HelseID: validation of access tokens"
                "Let a person log in, and send an access token of that login.";
            ApiSecurityLevel "api.security_level" [Api] InsufficientUserAuthentication
                "The user must be logged in at the security level that this resource requires."
                "The user's security level is too low"
                "RFC 9470 section 3; HelseID: validation of access tokens"
                "Let the user log in again with the acr_values of the challenge.";
            ApiHprNumber "api.hpr_number" [Api] InsufficientScope
                "The person must be health personnel: the access token must have an HPR number."
                "The access token has no HPR number"
                "HelseID: claims; RFC 6750 section 3.1"
                "Let health personnel log in, and see that the API is set up to receive the claim hpr_number.";
            ApiAttestation "api.attestation" [Api] InsufficientScope
                "The access token must have an attestation of the trust framework, in HelseID's form."
                "The access token has no attestation"
                "HelseID: profile for the trust framework; RFC 6750 section 3.1"
                "Attest in the request object of the login, or in the assertion when fetching the token.";
            ApiAttestationAge "api.attestation_age" [Api] AttestationHasExpired
                "The attestation must be no older than this resource accepts."
                "The attestation is too old"
                "Trust framework: business rules for the use of attestation, ATT-58"
                "Let the person attest again, and fetch a token with the new attestation.";
            ApiSamePerson "api.same_person" [Api] InsufficientScope
                "The access token must belong to the person whom this resource is for."
                "The access token belongs to another person"
                "HelseID: security profile; RFC 6750 section 3.1"
                "Send the access token of the person whom the request is about.";
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
    ] $($next)* } };
}
