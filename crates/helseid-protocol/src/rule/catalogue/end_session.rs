//! A request to end a person's session.

macro_rules! end_session {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// A request to end a person's session.
        EndSession "end_session" {
            EndSessionMethod "end_session.method" [EndSession] InvalidRequest
                "An end session request must use GET or POST, and have parameters within limits."
                "The request is neither GET nor POST, or its parameters cannot be read"
                "OpenID Connect RP-Initiated Logout 1.0 section 2"
                "Send the parameters in the query of a GET or in the form of a POST.";
            EndSessionOnce "end_session.once" [EndSession] InvalidRequest
                "No parameter may appear more than once in an end session request."
                "A parameter is sent more than once"
                "RFC 6749 section 3.1"
                "Send each parameter once.";
            EndSessionHint "end_session.hint" [EndSession] InvalidRequest
                "id_token_hint must be an ID token that this authority has issued; it may have expired."
                "The id_token_hint is not an ID token of this authority"
                "OpenID Connect RP-Initiated Logout 1.0 sections 2 and 4"
                "Send the ID token of the login unchanged, as id_token_hint.";
            EndSessionClientId "end_session.client_id" [EndSession] InvalidRequest
                "A client_id must be that of the client that the id_token_hint was issued to."
                "The client_id and the id_token_hint name different clients"
                "OpenID Connect RP-Initiated Logout 1.0 section 2"
                "Leave client_id out, or send the one that logged the person in.";
            EndSessionPerson "end_session.person" [EndSession] InvalidRequest
                "The id_token_hint must belong to the session in this browser for that session to end without a question."
                "The id_token_hint belongs to another session than the one in this browser"
                "OpenID Connect RP-Initiated Logout 1.0 sections 2 and 6"
                "Answer the question on the page; a hint with the sid of this session ends it without one.";
            EndSessionRedirect "end_session.redirect" [EndSession] InvalidRequest
                "post_logout_redirect_uri must be registered for the client that a valid id_token_hint names."
                "The post_logout_redirect_uri is not followed"
                "OpenID Connect RP-Initiated Logout 1.0 sections 2 and 3"
                "Send id_token_hint, and register the address exactly with helseid client register --post-logout-redirect-uri.";
            EndSessionConfirm "end_session.confirm" [EndSession] InvalidRequest
                "The answer to the question must come from the page that asked, in the same browser."
                "The answer does not come from the page that asked"
                "OpenID Connect RP-Initiated Logout 1.0 section 6; of this project"
                "Open the page again, and answer there.";
        }
    ] $($next)* } };
}
