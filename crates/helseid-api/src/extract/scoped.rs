//! Extractors that name the scopes that their handler requires.

use axum::extract::FromRequestParts;
use helseid_protocol::rule::Trail;
use helseid_protocol::scope::ScopeSet;
use http::request::Parts;

use super::Caller;
use super::caller::admitted;
use crate::refused::Refused;
use crate::requirement::Requirement;

/// Makes an extractor of the caller that requires scopes: all of them, or any.
///
/// ```
/// helseid_api::scoped_caller!(
///     /// May read.
///     pub Reader: any ["nhn:my-api/read", "nhn:my-api/write"]
/// );
/// helseid_api::scoped_caller!(pub Writer: all ["nhn:my-api/write"]);
///
/// async fn change(caller: Writer) -> String {
///     format!("{:?}", caller.claims().client_id())
/// }
/// ```
#[macro_export]
macro_rules! scoped_caller {
    ($(#[$meta:meta])* $visibility:vis $name:ident : $which:ident [$($scope:literal),+ $(,)?]) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        $visibility struct $name($crate::Caller);

        impl ::std::ops::Deref for $name {
            type Target = $crate::Caller;

            fn deref(&self) -> &$crate::Caller {
                &self.0
            }
        }

        impl<S: Send + Sync> $crate::axum_extract::FromRequestParts<S> for $name {
            type Rejection = $crate::Refused;

            async fn from_request_parts(
                parts: &mut $crate::axum_extract::Parts,
                state: &S,
            ) -> Result<Self, $crate::Refused> {
                $(const _: () = assert!($crate::one_scope($scope), "not a scope");)+
                static NEEDED: ::std::sync::LazyLock<$crate::Scoped> =
                    ::std::sync::LazyLock::new(|| $crate::Scoped::$which(concat!($($scope, " "),+)));
                $crate::admitted_with(parts, state, &NEEDED).await.map(Self)
            }
        }
    };
}

/// What such an extractor requires; nothing if the scopes are invalid, and then nobody is admitted.
#[derive(Debug)]
#[doc(hidden)]
pub struct Scoped(Option<Requirement>);

impl Scoped {
    #[must_use]
    pub fn all(scopes: &str) -> Self {
        Self(parsed(scopes).map(Requirement::ScopesAll))
    }

    #[must_use]
    pub fn any(scopes: &str) -> Self {
        Self(parsed(scopes).map(Requirement::ScopesAny))
    }
}

/// To require no scope would admit everybody.
fn parsed(scopes: &str) -> Option<ScopeSet> {
    ScopeSet::parse(scopes).ok().filter(|scopes| !scopes.is_empty())
}

/// Whether a text is one scope of at most 256 bytes (RFC 6749 section 3.3).
#[doc(hidden)]
#[must_use]
pub const fn one_scope(text: &str) -> bool {
    let mut rest = text.as_bytes();
    let fits = !rest.is_empty() && rest.len() <= 256;
    while let [first, others @ ..] = rest {
        if !matches!(*first, b'!' | b'#'..=b'[' | b']'..=b'~') {
            return false;
        }
        rest = others;
    }
    fits
}

#[doc(hidden)]
pub async fn admitted_with<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    needed: &Scoped,
) -> Result<Caller, Refused> {
    let (caller, pipeline) = admitted(parts)?;
    let requirement = needed.0.as_ref().ok_or_else(Refused::unprotected)?;
    pipeline.require(requirement, caller, &mut Trail::new())?;
    <Caller as FromRequestParts<S>>::from_request_parts(parts, state).await
}
