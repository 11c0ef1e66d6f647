//! The DPoP proof.

macro_rules! dpop {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// The DPoP proof.
        Dpop "dpop" {
            DpopPresent "dpop.present" [Token] InvalidRequest
                "The request must have a DPoP proof where one is required."
                "The request has no DPoP proof"
                "HelseID: security profile; RFC 9449 section 5"
                "Send a DPoP header with a proof for this request; a client that cannot make one needs profile legacy: helseid client update --profile legacy.";
            DpopOnce "dpop.once" [ClientAuthentication | Api | UserInfo] InvalidDpopProof
                "The request must have exactly one DPoP header, with one proof of at most 4 KiB."
                "There is not exactly one DPoP header with one proof"
                "RFC 9449 section 4.3 (1)"
                "Send one DPoP header with one proof.";
            DpopForm "dpop.form" [ClientAuthentication | Api | UserInfo] InvalidDpopProof
                "The proof must be one compact JWS whose header and claims are JSON objects without duplicate members."
                "The proof is not a JWT"
                "RFC 9449 section 4.3 (2)"
                "Make the proof with a JWT library and send it unchanged.";
            DpopTyp "dpop.typ" [ClientAuthentication | Api | UserInfo] InvalidDpopProof
                "The proof's header must have typ dpop+jwt."
                "The proof's typ is wrong"
                "RFC 9449 section 4.3 (4)"
                "Set typ to dpop+jwt in the proof's header.";
            DpopAlg "dpop.alg" [ClientAuthentication | Api | UserInfo] InvalidDpopProof
                "The proof must be signed with an asymmetric algorithm that the profile allows."
                "The proof's alg is not allowed"
                "RFC 9449 section 4.3 (5)"
                "Sign proofs with ES256 or PS256.";
            DpopJwk "dpop.jwk" [ClientAuthentication | Api | UserInfo] InvalidDpopProof
                "The proof's header must have a jwk: a public key of at most 4096 bits, without private members."
                "The proof's jwk is not a usable public key"
                "RFC 9449 section 4.3 (7)"
                "Put the public half of the proof's key in jwk, never the private half.";
            DpopKeyAlg "dpop.key_alg" [ClientAuthentication | Api | UserInfo] InvalidDpopProof
                "The proof's alg must fit the key in jwk."
                "The proof's alg does not fit its key"
                "RFC 8725 section 3.1, RFC 7517 section 4.4"
                "Sign with the algorithm in the key's alg.";
            DpopSignature "dpop.signature" [ClientAuthentication | Api | UserInfo] InvalidDpopProof
                "The proof must be signed by the key in jwk."
                "The proof is not signed by the key in jwk"
                "RFC 9449 section 4.3 (6)"
                "Sign with the private half of the key in jwk, and change nothing afterwards.";
            DpopJti "dpop.jti" [ClientAuthentication | Api | UserInfo] InvalidDpopProof
                "The proof must have a jti, a string of at most 256 bytes."
                "The proof has no usable jti"
                "RFC 9449 section 4.3 (3)"
                "Set jti to a new random value in each proof.";
            DpopHtm "dpop.htm" [ClientAuthentication | Api | UserInfo] InvalidDpopProof
                "The proof's htm must be the request's method."
                "The proof is for another method"
                "RFC 9449 section 4.3 (8)"
                "Set htm to the method in upper case, and make a new proof for each request.";
            DpopHtu "dpop.htu" [ClientAuthentication | Api | UserInfo] InvalidDpopProof
                "The proof's htu must be the request's URL without query and fragment."
                "The proof is for another URL"
                "RFC 9449 section 4.3 (9)"
                "Set htu to the URL that is called, and make a new proof for each request.";
            DpopIat "dpop.iat" [ClientAuthentication | Api | UserInfo] InvalidDpopProof
                "The proof's iat must be a number of seconds within the accepted window."
                "The proof's iat is too old or in the future"
                "RFC 9449 section 4.3 (11)"
                "Make a new proof for each request, and check the clock.";
            DpopAth "dpop.ath" [Api | UserInfo] InvalidDpopProof
                "The proof's ath must be the base64url-encoded SHA-256 hash of the access token."
                "The proof is for another access token"
                "RFC 9449 section 4.3 (12a)"
                "Set ath to the hash of the token that is sent.";
            DpopJkt "dpop.jkt" [Api | UserInfo] InvalidDpopProof
                "The proof's key must be the one that the access token is bound to."
                "The proof is signed by another key than the token is bound to"
                "RFC 9449 section 4.3 (12b)"
                "Sign proofs with the key that was used when the token was fetched.";
            DpopNonce "dpop.nonce" [ClientAuthentication | Api | UserInfo] UseDpopNonce
                "The proof's nonce must be one that this server issued within the last minute."
                "The proof has no valid nonce of this server"
                "RFC 9449 section 4.3 (10) and section 8"
                "Repeat the request with a new proof that has the nonce of the DPoP-Nonce header, and at the token endpoint with a new assertion.";
            DpopJtiOnce "dpop.jti_once" [ClientAuthentication | Api | UserInfo] InvalidDpopProof
                "The proof must not have been used before."
                "The proof was used before"
                "RFC 9449 section 11.1"
                "Make a new proof with a new jti for each request.";
        }
    ] $($next)* } };
}
