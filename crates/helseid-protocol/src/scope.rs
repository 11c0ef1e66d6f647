//! Scopes: what a token lets its holder do (RFC 6749 section 3.3).

use std::collections::BTreeSet;
use std::fmt;

/// One scope, such as `nhn:kjernejournal/read`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Scope(Box<str>);

/// Why a text is not a scope.
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
    /// More scopes than a request may name.
    #[error("more than {MAX_SCOPES} scopes")]
    TooMany,
}

/// The most scopes that one request may name.
pub const MAX_SCOPES: usize = 100;

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

    /// The API that the scope belongs to: what stands before its last `/`, if anything does.
    #[must_use]
    pub fn audience(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(audience, _)| audience)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::str::FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        Self::parse(text)
    }
}

impl<'de> serde::Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Scopes without order and without doubles. Prints as the wire has them, one space between.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
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
        let scopes: BTreeSet<_> =
            text.split(' ').filter(|part| !part.is_empty()).map(Scope::parse).collect::<Result<_, _>>()?;
        if scopes.len() > MAX_SCOPES { Err(InvalidScope::TooMany) } else { Ok(Self(scopes)) }
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

    /// Those that are not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
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
        assert!(ScopeSet::parse("").expect("nothing asked").is_empty());
    }

    #[test]
    fn a_scope_keeps_to_the_characters_of_rfc_6749() {
        assert_eq!(Scope::parse("a\"b"), Err(InvalidScope::Character('"')));
        assert_eq!(Scope::parse("a\\b"), Err(InvalidScope::Character('\\')));
        assert_eq!(Scope::parse("blå"), Err(InvalidScope::Character('å')));
        assert_eq!(Scope::parse("a\tb"), Err(InvalidScope::Character('\t')));
    }

    #[test]
    fn a_scope_names_its_api() {
        let scope = Scope::parse("norsk-helsenett:python-sample-api/read").expect("a valid scope");
        assert_eq!(scope.audience(), Some("norsk-helsenett:python-sample-api"));
    }
}
