//! Extractors that name the scopes which their handler needs.

use helseid_protocol::rule::Trail;
use helseid_protocol::scope::ScopeSet;
use http::request::Parts;

use super::Caller;
use super::caller::admitted;
use crate::Rejection;
use crate::answer::Refused;
use crate::demand::Demand;

/// Makes an extractor of the caller that asks for scopes: all of them, or any.
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
                static SCOPES: ::std::sync::LazyLock<$crate::protocol::scope::ScopeSet> =
                    ::std::sync::LazyLock::new(|| {
                        $crate::protocol::scope::ScopeSet::parse(concat!($($scope, " "),+)).unwrap_or_default()
                    });
                $crate::admitted_with(parts, state, $crate::scoped_caller!(@$which), &SCOPES).await.map(Self)
            }
        }
    };
    (@all) => { $crate::Scoped::All };
    (@any) => { $crate::Scoped::Any };
}

/// Whether all scopes are asked for or one of them.
#[derive(Debug, Clone, Copy)]
#[doc(hidden)]
pub enum Scoped {
    All,
    Any,
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
    which: Scoped,
    scopes: &ScopeSet,
) -> Result<Caller, Refused> {
    let (caller, verifier) = admitted(parts)?;
    // To ask for nothing would let everybody in.
    if scopes.is_empty() {
        return Err(Refused::unprotected());
    }
    let demand = match which {
        Scoped::All => Demand::ScopesAll(scopes.clone()),
        Scoped::Any => Demand::ScopesAny(scopes.clone()),
    };
    let unmet = |fault| Refused::by(&verifier, Rejection::Fault(fault), Some(&demand));
    demand.check(&caller, &mut Trail::new()).map_err(unmet)?;
    <Caller as axum::extract::FromRequestParts<S>>::from_request_parts(parts, state).await
}
