//! A request to the userinfo endpoint, and its answer.

macro_rules! userinfo {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// A request to the userinfo endpoint, and its answer.
        UserInfo "userinfo" {
            UserInfoMethod "userinfo.method" [UserInfo] InvalidRequest
                "A userinfo request must use GET or POST."
                "The method is neither GET nor POST"
                "OpenID Connect Core 1.0 section 5.3.1"
                "Send GET.";
            UserInfoToken "userinfo.token" [UserInfo] InvalidRequest
                "The access token must be in the Authorization header and nowhere else."
                "The access token is in the URL or in the form"
                "RFC 6750 section 2.1, FAPI 2.0 Security Profile section 5.3.4"
                "Send the token only in the Authorization header.";
            UserInfoAccessToken "userinfo.access_token" [UserInfo] InvalidToken
                "The access token must belong to a person whose login has not ended."
                "The token does not belong to a person who is logged in"
                "OpenID Connect Core 1.0 sections 5.3.1 and 5.3.3"
                "Send the access token of a person who is logged in; a token of client credentials has no person.";
            UserInfoDpop "userinfo.dpop" [UserInfo] InvalidToken
                "An access token that is bound to a key must be sent with DPoP and a proof."
                "A token that is bound to a key is sent as Bearer"
                "RFC 9449 section 7.2"
                "Send the token with the scheme DPoP and a proof. A client of profile helseid or legacy that sends Bearer to HelseID is registered so: insecure_userinfo_by_bearer.";
            UserInfoScope "userinfo.scope" [UserInfo] InsufficientScope
                "The access token must have the scope openid."
                "The access token lacks the scope openid"
                "OpenID Connect Core 1.0 section 5.3"
                "Request openid when the person logs in.";
            UserInfoSub "userinfo.sub" [Login] InvalidToken
                "The sub of the answer must be that of the ID token."
                "The answer of userinfo is about another person"
                "OpenID Connect Core 1.0 section 5.3.2"
                "Call userinfo with the access token that came with the ID token.";
        }
    ] $($next)* } };
}
