//! The pushed authorization request as such (RFC 9126).

macro_rules! par {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// The pushed authorization request as such (RFC 9126).
        Par "par" {
            ParMethod "par.method" [Par] InvalidRequest
                "A pushed authorization request must be a POST."
                "The request is not a POST"
                "RFC 9126 section 2.1"
                "Send it by POST, with the parameters as a form in the body.";
            ParContentType "par.content_type" [Par] InvalidRequest
                "A pushed authorization request must have the content type application/x-www-form-urlencoded."
                "The request's content type is wrong"
                "RFC 9126 section 2.1"
                "Send the parameters as a form in the body, not as JSON or in the URL.";
            ParBody "par.body" [Par] InvalidRequest
                "A pushed authorization request must be a well-formed form in UTF-8 of at most 64 KiB and 64 parameters."
                "The request's body cannot be read"
                "RFC 9126 section 2.1, RFC 6749 appendix B"
                "Encode each name and value as application/x-www-form-urlencoded, and keep within the limits.";
            ParClientId "par.client_id" [Par] InvalidRequest
                "A client_id in a pushed authorization request must be that of the client that authenticates."
                "The client_id and the assertion name different clients"
                "RFC 9126 section 2.1"
                "Make client_id the same as the assertion's sub.";
            ParRequestUri "par.request_uri" [Par] InvalidRequest
                "A pushed authorization request must not have a request_uri."
                "A request_uri is pushed"
                "RFC 9126 section 2.1"
                "Leave request_uri out: the answer to this request has one.";
            ParDpopJkt "par.dpop_jkt" [Par] InvalidRequest
                "dpop_jkt must be the thumbprint of the proof's key where both are sent."
                "The dpop_jkt is not the thumbprint of the proof's key"
                "RFC 9449 section 10.1"
                "Sign the proof with the key that dpop_jkt names, or leave one of them out.";
        }
    ] $($next)* } };
}
