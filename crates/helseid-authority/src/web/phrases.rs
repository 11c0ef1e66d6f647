//! Norwegian for sentences that the registry, the rules and the parsers make in English, and that hold values: why
//! something was not done, what a rule expected and what came, and why a text cannot be read.
//!
//! Each line of `norwegian/refusals.txt`, `facts.txt` and `reasons.txt` is an English sentence and its translation. A value
//! stands where they have `{}`; where they have `{word}`, one without spaces; and where they have `{why}`, a sentence that is
//! translated in its turn.

use std::sync::LazyLock;

use helseid_protocol::rule::Rule;

use super::language::{Language, lines};
use super::rule_text;

/// How deep sentences are looked for in sentences. Strangers write some of them.
const MAX_DEPTH: usize = 3;

/// An English sentence and its translation, each in the pieces between its values.
struct Phrase {
    english: Vec<&'static str>,
    holes: Vec<Hole>,
    norwegian: Vec<&'static str>,
}

/// What may stand in a place of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hole {
    Value,
    /// A value without spaces.
    Word,
    Sentence,
}

static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let texts = [
        include_str!("norwegian/refusals.txt"),
        include_str!("norwegian/facts.txt"),
        include_str!("norwegian/reasons.txt"),
    ];
    texts.into_iter().flat_map(lines).map(|(english, norwegian)| Phrase::new(english, norwegian)).collect()
});

/// The sentence in this language; as it is if there is no translation, as of a value.
pub(crate) fn say(language: Language, english: &str) -> String {
    match language {
        Language::English => english.to_owned(),
        Language::Norwegian => norwegian(english, MAX_DEPTH),
    }
}

fn norwegian(english: &str, depth: usize) -> String {
    let fitting = PHRASES.iter().filter_map(|phrase| Some((phrase, phrase.values(english)?)));
    // Of several, the one that begins with the longest text of its own, and then the one with the most.
    let own =
        |phrase: &Phrase| (phrase.english.first().map(|piece| piece.len()), phrase.english.concat().len());
    let fitting = fitting.max_by_key(|(phrase, _)| own(phrase));
    let translated = fitting.map(|(phrase, values)| phrase.with(&values, depth));
    of_rule(english, depth).or(translated).unwrap_or_else(|| english.to_owned())
}

impl Phrase {
    fn new(english: &'static str, norwegian: &'static str) -> Self {
        let (english, holes) = pieces(english);
        Self { english, holes, norwegian: pieces(norwegian).0 }
    }

    /// The values of a sentence that this one fits.
    fn values<'a>(&self, sentence: &'a str) -> Option<Vec<&'a str>> {
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
        let fits = |(hole, value): (&Hole, &&str)| *hole != Hole::Word || !value.contains(' ');
        (left.is_empty() && self.holes.iter().zip(&values).all(fits)).then_some(values)
    }

    /// The translation with these values.
    fn with(&self, values: &[&str], depth: usize) -> String {
        let mut said = String::new();
        for (index, piece) in self.norwegian.iter().enumerate() {
            said.push_str(piece);
            if index + 1 < self.norwegian.len() {
                let value = values.get(index).copied().unwrap_or_default();
                match self.holes.get(index) {
                    Some(Hole::Sentence) if depth > 0 => said.push_str(&norwegian(value, depth - 1)),
                    _ => said.push_str(value),
                }
            }
        }
        said
    }
}

/// The pieces between the values of a sentence, and what the values may be.
fn pieces(text: &'static str) -> (Vec<&'static str>, Vec<Hole>) {
    let (mut pieces, mut holes, mut left) = (Vec::new(), Vec::new(), text);
    while let Some((piece, rest)) = left.split_once('{') {
        let Some((name, rest)) = rest.split_once('}') else { break };
        pieces.push(piece);
        holes.push(match name {
            "why" => Hole::Sentence,
            "word" => Hole::Word,
            _ => Hole::Value,
        });
        left = rest;
    }
    pieces.push(left);
    (pieces, holes)
}

/// What a key broke: the rule's breach, the two facts and its statement; or its fix.
fn of_rule(english: &str, depth: usize) -> Option<String> {
    let text = |rule: &Rule| rule_text::text(Language::Norwegian, *rule);
    if let Some(rule) = Rule::ALL.iter().find(|rule| rule.fix() == english) {
        return Some(text(rule).fix.to_owned());
    }
    let ends = |rule: &&Rule| {
        english.contains(rule.statement()) || english.ends_with(&format!("(rule {})", rule.id()))
    };
    let rule = Rule::ALL.iter().find(ends)?;
    let text = text(rule);
    let facts = english.split_once(rule.statement()).and_then(|(happened, _)| {
        let facts = happened.trim_end().strip_suffix('.')?.strip_prefix(rule.breach())?;
        facts.strip_prefix(": expected ")?.split_once(", got ")
    });
    let facts = facts.filter(|_| depth > 0).map(|(expected, got)| {
        format!(": forventet {}, fikk {}", norwegian(expected, depth - 1), norwegian(got, depth - 1))
    });
    Some(format!("{}{}. {} ({})", text.breach, facts.unwrap_or_default(), text.statement, rule.id()))
}

#[cfg(test)]
mod tests;
