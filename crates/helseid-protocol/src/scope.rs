//! Scopes: what a token lets its holder do (RFC 6749 section 3.3).

use std::collections::BTreeSet;
use std::fmt;

/// One scope, such as `nhn:kjernejournal/read`.
///
/// ```
/// use helseid_protocol::scope::Scope;
///
/// let scope = Scope::parse("nhn:my-api/read")?;
/// assert_eq!(scope.audience(), Some("nhn:my-api"));
/// # Ok::<(), helseid_protocol::scope::InvalidScope>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Scope(Box<str>);

/// Why a text is not a scope.
///
/// ```
/// use helseid_protocol::scope::{InvalidScope, Scope};
///
/// assert_eq!(Scope::parse("two words"), Err(InvalidScope::Character(' ')));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidScope {
    /// Nothing at all.
    #[error("a scope is empty")]
    Empty,
    /// More than 256 bytes.
    #[error("a scope has {0} bytes, and 256 is the most")]
    TooLong(usize),
    /// Outside printable ASCII, or a space, quote or backslash.
    #[error("a scope holds {0:?}, which RFC 6749 section 3.3 does not allow")]
    Character(char),
    /// More scopes than a set may hold.
    #[error("more than {MAX_SCOPES} scopes")]
    TooMany,
}

/// The most scopes of one set: of a request, a client or an API.
pub const MAX_SCOPES: usize = 100;

/// How the names of HelseID's own scopes begin.
const HELSEID: &str = "helseid://scopes/";

/// OpenID Connect's own scopes.
const OPENID_CONNECT: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

impl Scope {
    /// Takes one `scope-token` of RFC 6749 section 3.3, of at most 256 bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        if text.is_empty() {
            return Err(InvalidScope::Empty);
        }
        if text.len() > 256 {
            return Err(InvalidScope::TooLong(text.len()));
        }
        match text.chars().find(|c| !matches!(c, '!' | '#'..='[' | ']'..='~')) {
            Some(character) => Err(InvalidScope::Character(character)),
            None => Ok(Self(text.into())),
        }
    }

    /// The text as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The API that the scope names: what stands before its last `/`, if anything does. A scope of HelseID's own names none.
    #[must_use]
    pub fn audience(&self) -> Option<&str> {
        if self.is_identity() || self.0.starts_with(HELSEID) {
            return None;
        }
        self.0.rsplit_once('/').map(|(audience, _)| audience)
    }

    /// Whether it asks for a person's identity, or for a token that outlives the login, and so belongs to no API (OpenID
    /// Connect Core 1.0 sections 5.4 and 11; HelseID: scopes).
    #[must_use]
    pub fn is_identity(&self) -> bool {
        match self.0.strip_prefix(HELSEID) {
            Some(name) => name == "hpr" || name.starts_with("hpr/") || name.starts_with("identity/"),
            None => OPENID_CONNECT.contains(&&*self.0),
        }
    }
}

crate::as_text! { Scope, InvalidScope; }

/// At most [`MAX_SCOPES`] scopes without order and without doubles. Prints as the wire has them, one space between.
///
/// ```
/// use helseid_protocol::scope::{Scope, ScopeSet};
///
/// let mut scopes = ScopeSet::parse("nhn:my-api/write nhn:my-api/read")?;
/// scopes.insert(Scope::parse("openid")?)?;
/// // Without order and without doubles.
/// assert_eq!(scopes.to_string(), "nhn:my-api/read nhn:my-api/write openid");
/// # Ok::<(), helseid_protocol::scope::InvalidScope>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct ScopeSet(BTreeSet<Scope>);

impl ScopeSet {
    /// No scope at all.
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// Takes scopes separated by spaces; an empty text is the empty set.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        let mut set = Self::none();
        text.split(' ')
            .filter(|part| !part.is_empty())
            .try_for_each(|part| set.insert(Scope::parse(part)?))?;
        Ok(set)
    }

    /// Collects scopes; stops at the first that is too many.
    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Result<Self, InvalidScope> {
        let mut set = Self::none();
        scopes.into_iter().try_for_each(|scope| set.insert(scope))?;
        Ok(set)
    }

    /// Adds a scope, unless it is there already.
    pub fn insert(&mut self, scope: Scope) -> Result<(), InvalidScope> {
        if self.0.len() >= MAX_SCOPES && !self.0.contains(&scope) {
            return Err(InvalidScope::TooMany);
        }
        self.0.insert(scope);
        Ok(())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether `scope` is among them.
    #[must_use]
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// Each of them, in the order of their text.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Scope> {
        self.0.iter()
    }

    /// Those for which `keep` is true.
    #[must_use]
    pub fn filtered(&self, keep: impl FnMut(&&Scope) -> bool) -> Self {
        Self(self.0.iter().filter(keep).cloned().collect())
    }

    /// Those that are not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }
}

impl<'de> serde::Deserialize<'de> for ScopeSet {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Scopes;

        impl<'de> serde::de::Visitor<'de> for Scopes {
            type Value = ScopeSet;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "a list of at most {MAX_SCOPES} scopes")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut scopes: A) -> Result<ScopeSet, A::Error> {
                let mut set = ScopeSet::none();
                while let Some(scope) = scopes.next_element()? {
                    set.insert(scope).map_err(serde::de::Error::custom)?;
                }
                Ok(set)
            }
        }

        from.deserialize_seq(Scopes)
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, scope) in self.0.iter().enumerate() {
            if position > 0 {
                out.write_str(" ")?;
            }
            scope.fmt(out)?;
        }
        Ok(())
    }
}

impl std::str::FromStr for ScopeSet {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_separated_by_spaces_and_print_so() {
        let scopes = ScopeSet::parse("b/x a/y  b/x").expect("valid scopes");
        assert_eq!(scopes.to_string(), "a/y b/x");
        assert_eq!("b/x a/y".parse(), Ok(scopes));
        assert!(ScopeSet::parse("").expect("nothing asked").is_empty());
    }

    #[test]
    fn of_a_set_there_is_what_is_kept_and_what_is_not_in_another() {
        let set = |text| ScopeSet::parse(text).expect("valid scopes");
        let scopes = set("a/x a/y b/x");
        assert_eq!((scopes.len(), set("").len()), (3, 0));
        assert_eq!(scopes.filtered(|scope| scope.audience() == Some("a")), set("a/x a/y"));
        assert_eq!(scopes.without(&set("a/y c/z")), set("a/x b/x"));
    }

    #[test]
    fn what_is_no_list_is_no_set() {
        let why = serde_json::from_str::<ScopeSet>("\"a/x\"").expect_err("a text").to_string();
        assert!(why.contains("expected a list of at most 100 scopes"), "{why}");
    }

    #[test]
    fn no_way_of_making_a_set_gets_past_its_bound() {
        let scopes =
            |count: usize| (0..count).map(|n| Scope::parse(&format!("my:api/{n}")).expect("a scope"));
        let text = |count| scopes(count).map(|scope| scope.to_string()).collect::<Vec<_>>();
        let full = ScopeSet::of(scopes(MAX_SCOPES)).expect("as many as a set may hold");
        assert_eq!(ScopeSet::of(scopes(MAX_SCOPES + 1)), Err(InvalidScope::TooMany));
        assert_eq!(ScopeSet::parse(&text(MAX_SCOPES + 1).join(" ")), Err(InvalidScope::TooMany));
        let json = |count| serde_json::to_string(&text(count)).expect("texts");
        assert_eq!(serde_json::from_str::<ScopeSet>(&json(MAX_SCOPES)).expect("as many"), full);
        let refusal = serde_json::from_str::<ScopeSet>(&json(MAX_SCOPES + 1)).expect_err("one too many");
        assert!(refusal.to_string().starts_with("more than 100 scopes"), "{refusal}");
        let mut again = full.clone();
        assert_eq!(again.insert(Scope::parse("my:api/0").expect("a scope")), Ok(()), "it is there already");
        assert_eq!(again.insert(Scope::parse("my:api/x").expect("a scope")), Err(InvalidScope::TooMany));
        assert_eq!(again, full);
    }

    #[test]
    fn a_scope_keeps_to_the_characters_of_rfc_6749() {
        assert_eq!(Scope::parse("a\"b"), Err(InvalidScope::Character('"')));
        assert_eq!(Scope::parse("a\\b"), Err(InvalidScope::Character('\\')));
        assert_eq!(Scope::parse("blå"), Err(InvalidScope::Character('å')));
        assert_eq!(Scope::parse("a\tb"), Err(InvalidScope::Character('\t')));
        assert_eq!(Scope::parse(""), Err(InvalidScope::Empty));
        assert!(Scope::parse(&"a".repeat(256)).is_ok());
        assert_eq!(Scope::parse(&"a".repeat(257)), Err(InvalidScope::TooLong(257)));
    }

    #[test]
    fn a_scope_names_its_api() {
        let scope = Scope::parse("norsk-helsenett:python-sample-api/read").expect("a valid scope");
        assert_eq!(scope.audience(), Some("norsk-helsenett:python-sample-api"));
        assert!(!scope.is_identity());
    }

    #[test]
    fn a_scope_of_an_identity_names_no_api() {
        for text in [
            "openid",
            "profile",
            "offline_access",
            "helseid://scopes/identity/pid",
            "helseid://scopes/hpr",
            "helseid://scopes/hpr/hpr_number",
        ] {
            let scope = Scope::parse(text).expect("a valid scope");
            assert!(scope.is_identity(), "{text}");
            assert_eq!(scope.audience(), None, "{text}");
        }
        for text in
            ["Openid", "nhn:openid", "openid/read", "helseid://scopes/client/dcr", "helseid://scopes/hprs"]
        {
            assert!(!Scope::parse(text).expect("a valid scope").is_identity(), "{text}");
        }
        let registration = Scope::parse("helseid://scopes/client/dcr").expect("a valid scope");
        assert_eq!(registration.audience(), None, "no API has the name helseid://scopes/client");
    }
}
