//! An authorization code, and the request that redeems it.

macro_rules! code {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// An authorization code, and the request that redeems it.
        Code "code" {
            CodePresent "code.present" [AuthorizationCode] InvalidRequest
                "A request with grant_type authorization_code must have a code."
                "The request has no code"
                "RFC 6749 section 4.1.3"
                "Send the code of the authorization response.";
            CodeKnown "code.known" [AuthorizationCode] InvalidGrant
                "The code must be one that this authority has issued and still knows."
                "The code is not known here"
                "RFC 6749 sections 4.1.3 and 5.2"
                "Redeem the code at the authority that issued it, unchanged and at once; otherwise start the login again.";
            CodeClient "code.client" [AuthorizationCode] InvalidGrant
                "The code must be redeemed by the client that it was issued to."
                "The code was issued to another client"
                "RFC 6749 section 4.1.3"
                "Redeem the code with the client that sent the authorization request.";
            CodeExpiry "code.expiry" [AuthorizationCode] InvalidGrant
                "The code must not have expired."
                "The code has expired"
                "RFC 6749 section 4.1.2; FAPI 2.0 Security Profile section 5.3.2.1 (11)"
                "Redeem the code as soon as it comes; start the login again.";
            CodeRedirectUri "code.redirect_uri" [AuthorizationCode] InvalidGrant
                "redirect_uri must be the same as in the authorization request."
                "The redirect_uri is not that of the authorization request"
                "RFC 6749 section 4.1.3"
                "Send redirect_uri exactly as in the authorization request.";
            CodeVerifier "code.verifier" [AuthorizationCode] InvalidGrant
                "The request must have a code_verifier of 43 to 128 letters, digits and -._~, and none if there was no code_challenge."
                "The code_verifier is missing or invalid"
                "RFC 7636 section 4.1, RFC 9700 section 2.1.1"
                "Send the code_verifier from which the code_challenge of this login was made.";
            CodeChallenge "code.challenge" [AuthorizationCode] InvalidGrant
                "The base64url-encoded SHA-256 hash of the code_verifier must be the code_challenge of the authorization request."
                "The code_verifier does not match the code_challenge"
                "RFC 7636 section 4.6"
                "Keep the code_verifier of each login by its state, and send the one that belongs to this code.";
            CodeDpopJkt "code.dpop_jkt" [AuthorizationCode] InvalidDpopProof
                "The proof must be signed by the key that the code is bound to."
                "The proof is by another key than the code is bound to"
                "RFC 9449 section 10"
                "Sign the proof with the key of dpop_jkt, or of the proof at the PAR endpoint.";
            CodeResource "code.resource" [AuthorizationCode] InvalidTarget
                "Each resource must be an API that the authorization request asked for."
                "A resource is not one that the authorization request asked for"
                "RFC 8707 section 2.2"
                "Name an API of the authorization request, or leave resource out.";
            CodeSession "code.session" [AuthorizationCode] InvalidGrant
                "The login that gave the code must not have been ended."
                "The login that gave the code has been ended"
                "Of this project; OpenID Connect RP-Initiated Logout 1.0 section 2"
                "Let the person log in again.";
            CodeDetailsPlace "code.details_place" [AuthorizationCode] AccessDenied
                "An attestation must be in the request object or in the assertion, not in both."
                "An attestation is sent twice"
                "HelseID: profile for the trust framework, error HID-DOUBLE-STRUCTURE"
                "Send the attestation in one of the two places.";
            CodeOnce "code.once" [AuthorizationCode] InvalidGrant
                "The code must not have been used before."
                "The code was used before"
                "RFC 6749 sections 4.1.2 and 10.5"
                "Redeem each code once; what it gave has been revoked, so start the login again.";
        }
    ] $($next)* } };
}
