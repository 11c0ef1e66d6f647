//! A request object: the parameters as a JWT that the client signs (RFC 9101).

macro_rules! request_object {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// A request object: the parameters as a JWT that the client signs (RFC 9101).
        RequestObject "request_object" {
            RequestObjectRequired "request_object.required" [Par | Authorize] InvalidRequest
                "A client that must sign its authorization requests must send a request object."
                "The request is not signed"
                "RFC 9101 section 10.5"
                "Send all parameters in a request object, in request.";
            RequestObjectForm "request_object.form" [Par | Authorize] InvalidRequestObject
                "The request object must be one compact JWS whose header and claims are JSON objects without duplicate members."
                "The request object is not a JWT"
                "RFC 9101 section 4"
                "Make the request object with a JWT library and send it unchanged; encrypted ones are not accepted.";
            RequestObjectTyp "request_object.typ" [Par | Authorize] InvalidRequestObject
                "The request object's header must have typ oauth-authz-req+jwt."
                "The request object's typ is wrong"
                "RFC 9101 sections 4 and 10.8"
                "Set typ to oauth-authz-req+jwt in the header.";
            RequestObjectAlg "request_object.alg" [Par | Authorize] InvalidRequestObject
                "The request object must be signed with an asymmetric algorithm that the profile allows."
                "The request object's alg is not allowed"
                "RFC 9101 section 10.1; HelseID: security profile"
                "Sign with PS256 or ES256.";
            RequestObjectKid "request_object.kid" [Par | Authorize] InvalidRequestObject
                "The request object's kid must name a key that the client has registered; without a kid, one of the client's keys must fit."
                "No registered key fits the request object"
                "RFC 7515 section 4.1.4"
                "Set kid to that of the registered key, or register the key with helseid client register --client-id.";
            RequestObjectKeyExpiry "request_object.key_expiry" [Par | Authorize] InvalidRequestObject
                "The key that signed the request object must not have expired at the authority."
                "The key that signed the request object has expired"
                "HelseID: management of secrets"
                "Register a new key before the old one expires, with helseid client register --client-id.";
            RequestObjectKeyAlg "request_object.key_alg" [Par | Authorize] InvalidRequestObject
                "The request object's alg must be the alg of the key that signed it."
                "The request object's alg is not that of its key"
                "RFC 8725 section 3.1, RFC 7517 section 4.4"
                "Sign with the algorithm in the key's alg.";
            RequestObjectSignature "request_object.signature" [Par | Authorize] InvalidRequestObject
                "The request object must be signed by the registered key."
                "The request object is not signed by the registered key"
                "RFC 9101 section 6.2"
                "Sign with the private key whose public half is registered, and change nothing afterwards.";
            RequestObjectIss "request_object.iss" [Par | Authorize] InvalidRequestObject
                "The request object's iss must be the client id."
                "The request object's iss is not the client id"
                "RFC 9101 section 4"
                "Set iss to the client id.";
            RequestObjectAud "request_object.aud" [Par | Authorize] InvalidRequestObject
                "The request object's aud must be the issuer, or contain it."
                "The request object's aud is not the issuer"
                "RFC 9101 section 4"
                "Set aud to the issuer exactly as in the metadata.";
            RequestObjectClientId "request_object.client_id" [Par | Authorize] InvalidRequestObject
                "The request object must have the client_id of the client that sends it."
                "The request object's client_id is not that of the client"
                "RFC 9101 sections 5 and 6.3"
                "Set client_id to the client id, the same as iss and as the parameter beside the request object.";
            RequestObjectExp "request_object.exp" [Par | Authorize] InvalidRequestObject
                "The request object's exp must be a number of seconds, and must not have passed."
                "The request object has expired, or has no exp"
                "RFC 9101 section 4; HelseID: use of request objects"
                "Make a new request object for each request, and check the clock.";
            RequestObjectLifetime "request_object.lifetime" [Par | Authorize] InvalidRequestObject
                "The request object's exp must be at most 60 seconds in the future."
                "The request object's exp is too far in the future"
                "HelseID: use of request objects"
                "Set exp 60 seconds into the future at most, and check the clock.";
            RequestObjectNbf "request_object.nbf" [Par | Authorize] InvalidRequestObject
                "The request object's nbf, if present, must be a number of seconds that is not in the future."
                "The request object's nbf is in the future"
                "RFC 7519 section 4.1.5"
                "Set nbf to the current time, and check the clock.";
            RequestObjectIat "request_object.iat" [Par | Authorize] InvalidRequestObject
                "The request object's iat, if present, must be a number of seconds that is not in the future."
                "The request object's iat is not a number of seconds, or is in the future"
                "RFC 7519 section 4.1.6"
                "Set iat to the current time as a JSON number, and check the clock.";
            RequestObjectJti "request_object.jti" [Par | Authorize] InvalidRequestObject
                "The request object's jti, if present, must be a string of at most 256 bytes; it must be there where parameters outside are merged that were not pushed."
                "The request object has no usable jti"
                "HelseID: use of request objects; of this project: where it must be there"
                "Set jti to a new random value in each request object.";
            RequestObjectJtiOnce "request_object.jti_once" [Par | Authorize] InvalidRequestObject
                "The request object's jti must not have been used before."
                "The request object was used before"
                "HelseID: use of request objects"
                "Make a new request object for each request.";
            RequestObjectNested "request_object.nested" [Par | Authorize] InvalidRequestObject
                "The request object must hold neither request nor request_uri."
                "The request object refers to another"
                "RFC 9101 section 4"
                "Leave request and request_uri out of the request object.";
            RequestObjectSub "request_object.sub" [Par | Authorize] InvalidRequestObject
                "The request object's sub must not be the client id: it could be taken for a client assertion."
                "The request object's sub is the client id"
                "RFC 9101 section 10.8"
                "Leave sub out of the request object.";
            RequestObjectClaims "request_object.claims" [Par | Authorize] InvalidRequestObject
                "The parameters in the request object must be strings, but for max_age, which may be a number, resource, which may be an array, and authorization_details."
                "A parameter in the request object has the wrong type"
                "RFC 9101 section 4, RFC 8707 section 2"
                "Write each parameter as a string, as it would stand in the query.";
            RequestObjectOutside "request_object.outside" [Par | Authorize] InvalidRequest
                "A parameter beside the request object must not differ from the one inside; nothing beside it may be used where the client must sign its requests."
                "A parameter beside the request object differs from the one inside, or is not used"
                "RFC 9101 section 6.3; of this project: differing ones"
                "Put every parameter inside the request object, and beside it only client_id.";
        }
    ] $($next)* } };
}
