//! What comes back to a client that logs people in.

macro_rules! login {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// What comes back to a client that logs people in.
        Login "login" {
            LoginTransaction "login.transaction" [Login] InvalidRequest
                "The callback must have the state of a login that was begun here within the hour."
                "No pending login has this state"
                "RFC 6749 section 10.12"
                "Start the login again.";
            LoginBrowser "login.browser" [Login] InvalidRequest
                "The callback must come from the browser in which the login was begun."
                "The login was started in another browser"
                "RFC 6749 section 10.12, RFC 9700 section 4.7"
                "Start the login again, in this browser and with cookies.";
            LoginOnce "login.once" [Login] InvalidRequest
                "The callback of a login must be used only once."
                "The callback of this login was already used"
                "Of this project"
                "Open the application again; if nobody is logged in there, start the login again.";
            LoginIss "login.iss" [Login] InvalidRequest
                "The callback's iss must be the issuer at which the login was begun."
                "The callback is from another issuer, or names none"
                "RFC 9207 section 2.4"
                "Use an authority that sends iss, and register a redirect URI of its own for each.";
            LoginError "login.error" [Login] InvalidRequest
                "The callback must have a code or an error, not both."
                "The callback has a code and an error"
                "RFC 6749 section 4.1.2"
                "Start the login again.";
            LoginCode "login.code" [Login] InvalidRequest
                "A callback without an error must have a code."
                "The callback has neither a code nor an error"
                "RFC 6749 section 4.1.2"
                "Start the login again.";
            LoginReturnTo "login.return_to" [Login] InvalidRequest
                "The address to return to must be a path of this site, and none of the login itself."
                "The address to return to is not a path of this site"
                "RFC 6749 section 10.15"
                "Give a path that begins with one slash, of at most 512 ASCII characters.";
            LoginSamePerson "login.same_person" [Login] InvalidRequest
                "A new login in a session must be by the person who is logged in."
                "Another person logged in"
                "Of this project; HelseID: security profile"
                "End the session, and let the other person log in.";
        }
    ] $($next)* } };
}
