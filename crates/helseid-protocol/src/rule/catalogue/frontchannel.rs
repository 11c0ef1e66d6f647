//! A request of front-channel logout.

macro_rules! frontchannel {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// A request of front-channel logout.
        Frontchannel "frontchannel" {
            FrontchannelIssSid "frontchannel.iss_sid" [Login] InvalidRequest
                "A request of front-channel logout must have iss, which must be the issuer at which people log in, and sid."
                "The request of front-channel logout lacks iss or sid, or is from another issuer"
                "OpenID Connect Front-Channel Logout 1.0 section 2"
                "Register the client with its session required, so that the authority sends both.";
        }
    ] $($next)* } };
}
