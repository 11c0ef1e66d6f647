//! The login behind an authorization request.

macro_rules! interaction {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// The login behind an authorization request.
        Interaction "interaction" {
            InteractionBrowser "interaction.browser" [Authorize] InvalidRequest
                "The answer to the login page must come from the browser that began the login."
                "The login was started in another browser, or too long ago"
                "RFC 6749 section 10.12, RFC 9700 section 4.7"
                "Begin the login again from the application, in one browser, with cookies allowed.";
            InteractionNone "interaction.none" [Authorize] LoginRequired
                "A request with prompt=none must need no page."
                "A page would be needed"
                "OpenID Connect Core 1.0 section 3.1.2.6"
                "Repeat the request without prompt=none.";
            InteractionFresh "interaction.fresh" [Authorize] LoginRequired
                "The user must have logged in again where prompt=login asks for it, and no longer ago than max_age says."
                "The user logged in too long ago"
                "OpenID Connect Core 1.0 sections 3.1.2.1 and 3.1.2.3"
                "Repeat the request without prompt=none, so that the user can log in.";
            InteractionHintedPerson "interaction.hinted_person" [Authorize] LoginRequired
                "The user who logs in must be the one that id_token_hint names."
                "Another user logged in than the hinted one"
                "OpenID Connect Core 1.0 section 3.1.2.2"
                "Log in as the user of the hint, or repeat the request without id_token_hint.";
            InteractionLevel "interaction.level" [Authorize] UnmetAuthenticationRequirements
                "The user must log in at the security level that acr_values asks for."
                "The user's security level is too low"
                "OpenID Connect Core Error Code unmet_authentication_requirements 1.0 section 2; HelseID: control of the login"
                "Let the user log in at the higher level, or ask for a lower one.";
            InteractionIdp "interaction.idp" [Authorize] AccessDenied
                "The user must log in with the identity provider that acr_values names, and the client must be allowed to use it."
                "The identity provider cannot be used"
                "HelseID: control of the login"
                "Name an identity provider that the client may use, or leave idp: out of acr_values.";
            InteractionCancel "interaction.cancel" [Authorize] AccessDenied
                "The user must not cancel the login."
                "The user cancelled the login"
                "RFC 6749 section 4.1.2.1"
                "Tell the user that nothing was done, and offer to begin again.";
        }
    ] $($next)* } };
}
