//! A request to introspect a token.

macro_rules! introspection {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// A request to introspect a token.
        Introspection "introspection" {
            IntrospectionMethod "introspection.method" [Introspection] InvalidRequest
                "An introspection request must be a POST with a form of at most 64 KiB, and each parameter once."
                "The request is not a POST with a readable form"
                "RFC 7662 section 2.1"
                "Send the parameters once each, as a form in the body of a POST.";
            IntrospectionToken "introspection.token" [Introspection] InvalidRequest
                "An introspection request must have a token."
                "The request has no token"
                "RFC 7662 section 2.1"
                "Send the access token as token.";
            IntrospectionAudience "introspection.audience" [Introspection] InvalidRequest
                "The client must be the API that the token is for; to any other the token must look inactive."
                "The token is not for an API of this client"
                "RFC 7662 sections 2.2 and 4"
                "Set the client's own audiences to the APIs that it is, as an administrator.";
        }
    ] $($next)* } };
}
