//! Values of NHN's that are one of a few: by their number, as C# writes them, or by their name.

use helseid_protocol::forge::BrokenProof;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

macro_rules! by_number_or_name {
    ($(#[$doc:meta])* $kind:ident { $($name:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in super::super) enum $kind { $($name),+ }

        impl $kind {
            const ALL: &[(&str, Self)] = &[$((stringify!($name), Self::$name)),+];
        }

        /// As C# writes it: by its number, or by its name.
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                chosen(&Value::deserialize(from)?, Self::ALL)
            }
        }
    };
}

by_number_or_name! {
    /// Which claims are made.
    #[expect(clippy::enum_variant_names, reason = "the names are NHN's")]
    Generation {
        GenerateNone,
        GenerateOnlyDefault,
        GenerateOnlyFromNonEmptyParameterValues,
        GenerateDefaultWithClaimsFromNonEmptyParameterValues,
    }
}

by_number_or_name! {
    /// The client's tenancy.
    Tenancy { MultiTenant, SingleTenant, None }
}

by_number_or_name! {
    /// Which of NHN's issuers is meant. A local authority is one issuer, whatever is said here.
    IssuerEnvironment { Test, IntTest, Development }
}

/// The one thing that is wrong with a proof, or with the token's binding to it; the first is that nothing is.
pub(super) fn broken<'de, D: Deserializer<'de>>(from: D) -> Result<Option<BrokenProof>, D::Error> {
    let proofs = BrokenProof::ALL.map(|broken| (broken.nhn_name(), Some(broken)));
    let all: Vec<_> = std::iter::once(("None", None)).chain(proofs).collect();
    chosen(&Value::deserialize(from)?, &all)
}

/// The one of `all` that C# writes like this: by its number, or by its name.
fn chosen<T: Copy, E: serde::de::Error>(value: &Value, all: &[(&str, T)]) -> Result<T, E> {
    let by_number = value.as_u64().and_then(|n| all.get(usize::try_from(n).ok()?));
    let by_name = || all.iter().find(|(name, _)| value.as_str() == Some(name));
    by_number.or_else(by_name).map(|(_, chosen)| *chosen).ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        E::custom(format!("expected a number or one of {}, got {value}", names.join(", ")))
    })
}
