//! Sentences with values in them, such as why something was not done, in Norwegian: `norwegian/refusals.txt` has each with
//! `{}` where a value stands.

use std::sync::LazyLock;

use helseid_protocol::rule::Rule;

use super::rules;
use crate::web::language::{Language, lines};

/// An English sentence and its translation, each in the pieces between its values.
struct Phrase {
    english: Vec<&'static str>,
    norwegian: Vec<&'static str>,
}

static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let pieces = |text: &'static str| text.split("{}").collect();
    let phrase = |(english, norwegian)| Phrase { english: pieces(english), norwegian: pieces(norwegian) };
    lines(include_str!("norwegian/refusals.txt")).map(phrase).collect()
});

/// The sentence in this language; as it is if nobody has translated it.
pub(super) fn say(language: Language, english: &str) -> String {
    if language == Language::English {
        return english.to_owned();
    }
    let translated = PHRASES.iter().find_map(|phrase| phrase.of(english));
    translated.or_else(|| of_rule(english)).unwrap_or_else(|| english.to_owned())
}

impl Phrase {
    /// The translation of a sentence that this one fits, with the sentence's values.
    fn of(&self, sentence: &str) -> Option<String> {
        let (first, rest) = self.english.split_first()?;
        let mut left = sentence.strip_prefix(first)?;
        let mut values = Vec::with_capacity(rest.len());
        for (index, piece) in rest.iter().enumerate() {
            // The last piece is the end of the sentence; one before it is where it stands first.
            let at = if index + 1 == rest.len() {
                left.len().checked_sub(piece.len()).filter(|at| left.get(*at..) == Some(*piece))?
            } else {
                left.find(piece)?
            };
            values.push(left.get(..at)?);
            left = left.get(at + piece.len()..)?;
        }
        if !left.is_empty() {
            return None;
        }
        let mut said = String::new();
        for (index, piece) in self.norwegian.iter().enumerate() {
            said.push_str(piece);
            if index + 1 < self.norwegian.len() {
                said.push_str(values.get(index).copied().unwrap_or_default());
            }
        }
        Some(said)
    }
}

/// What a key broke: the rule's breach and statement, or its fix.
fn of_rule(english: &str) -> Option<String> {
    let norwegian = |rule: Rule| rules::text(Language::Norwegian, rule);
    let is_fix = Rule::ALL.iter().find(|rule| rule.fix() == english);
    let ends = |rule: &&Rule| {
        english.contains(rule.statement()) || english.ends_with(&format!("(rule {})", rule.id()))
    };
    is_fix.map(|rule| norwegian(*rule).fix.to_owned()).or_else(|| {
        let rule = Rule::ALL.iter().find(ends)?;
        let text = norwegian(*rule);
        Some(format!("{}. {} ({})", text.breach, text.statement, rule.id()))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::change::{Kind, Subject};
    use crate::registry::Snapshot;
    use crate::registry::registration::{NotRegistered, require_unmanaged};
    use crate::storage::ephemeral::Unavailable;
    use crate::storage::registry::StoreError;

    fn norwegian(english: &str) -> String {
        say(Language::Norwegian, english)
    }

    #[test]
    fn a_sentence_is_translated_with_its_values_as_they_are() {
        assert_eq!(norwegian("there is no client a-b"), "klienten a-b finnes ikke");
        assert_eq!(
            norwegian("there is no delegation of 994598759 to 313745392"),
            "det finnes ingen delegering fra 994598759 til 313745392"
        );
        assert_eq!(norwegian("expected 1 to 86400 seconds, got 0"), "forventet 1 til 86400 sekunder, fikk 0");
        assert_eq!(norwegian("give another name"), "oppgi et annet navn");
        assert_eq!(say(Language::English, "give another name"), "give another name");
        for unknown in ["", "give another name!", "nobody has translated this"] {
            assert_eq!(norwegian(unknown), unknown);
        }
    }

    /// Each of the three lines, whatever the registry or a store says.
    #[test]
    fn why_something_was_refused_has_no_english_line() {
        let kinds =
            ["client", "API", "organisation", "access key", "broken entry", "key", "session", "request"];
        let mut refused: Vec<_> = kinds.iter().map(|kind| NotRegistered::unknown(kind, "a")).collect();
        refused.extend([StoreError::Away, StoreError::Full, StoreError::Contended].map(NotRegistered::from));
        refused.push(StoreError::NotReadBack { what: "client", why: "x".to_owned() }.into());
        let subject = |kind| Subject { kind, id: "a".to_owned() };
        for kind in [Kind::Client, Kind::Api, Kind::Organisation, Kind::Delegation] {
            refused.push(NotRegistered::broken(&subject(kind), "x"));
            let managed = BTreeSet::from([subject(kind)]);
            let registry = Snapshot { managed, ..Snapshot::default() };
            refused.push(require_unmanaged(&registry, &subject(kind)).unwrap_err());
        }
        let mut lines: Vec<_> =
            refused.into_iter().flat_map(|why| [why.title, why.detail, why.next]).collect();
        let unavailable = [Unavailable::Full, Unavailable::Away, Unavailable::Closed, Unavailable::Forgotten];
        lines.extend(unavailable.map(|why| why.why().to_owned()));
        let english: Vec<_> = lines.iter().filter(|line| norwegian(line) == **line).collect();
        assert!(english.is_empty(), "{english:#?}");
    }

    #[test]
    fn what_a_key_broke_is_said_by_its_rule() {
        let rule = Rule::KeySize;
        assert_eq!(norwegian(rule.fix()), rules::text(Language::Norwegian, rule).fix);
        let explained = format!("{}: expected more. {} (rule key.size)", rule.breach(), rule.statement());
        assert!(norwegian(&explained).starts_with("Nøkkelen har for få"), "{}", norwegian(&explained));
    }

    #[test]
    fn each_phrase_has_as_many_values_in_both_languages_at_most() {
        for phrase in PHRASES.iter() {
            assert!(phrase.norwegian.len() <= phrase.english.len(), "{:?}", phrase.english);
            let whole = phrase.english.join("VALUE");
            assert_ne!(norwegian(&whole), whole);
        }
    }
}
