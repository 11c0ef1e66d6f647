//! Texts of strangers that a page shows.

/// What a page shows of a stranger's text: at most 64 printable ASCII characters, with a question mark for each other one. It is
/// never made a link. It may be the number of a person, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub(crate) struct Reflected(Box<str>);

impl Reflected {
    /// The most characters.
    pub(crate) const MAX: usize = 64;

    /// What is shown of this text.
    pub(crate) fn of(text: &str) -> Self {
        let plain = |each: char| if matches!(each, ' '..='~') { each } else { '?' };
        Self(text.chars().take(Self::MAX).map(plain).collect())
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Reflected {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Reflected({} characters, hidden)", self.0.len())
    }
}

impl<'de> serde::Deserialize<'de> for Reflected {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self::of(&String::deserialize(from)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn whatever_is_sent_a_little_plain_text_is_shown(text in "\\PC{0,80}|[\\x00-\\x7f]{0,80}") {
            let shown = Reflected::of(&text);
            proptest::prop_assert!(shown.as_str().len() <= Reflected::MAX);
            proptest::prop_assert!(shown.as_str().bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            proptest::prop_assert_eq!(Reflected::of(shown.as_str()), shown);
        }
    }
}
