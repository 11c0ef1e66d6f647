//! The pages' own sentences: each is on a page, and none is the same in both languages.

use std::collections::BTreeSet;

/// The sentences of the pages.
const SENTENCES: &str = include_str!("../../../src/admin/pages/norwegian/pages.txt");

/// Sentences that this walk cannot show, and why.
const UNSEEN: &[(&str, &str)] = &[
    ("More", "it takes 51 clients"),
    ("Older", "it takes 101 requests"),
    ("A client exchanged the token", "of an API that calls on"),
    ("An API asked about the token", "of an API that is a client"),
    ("A request came", "for an endpoint that an older version does not know"),
    (
        "The database does not respond, so the change log cannot be shown. The rest of these pages shows the last known state.",
        "it responds",
    ),
    (
        "These entries are left out until they are registered again or removed. The rest of the registry is not affected.",
        "of the test below",
    ),
    ("Unreadable entries", "of the test below"),
    ("Why", "of the test below"),
    ("entry", "for a kind that an older version does not know"),
    ("mark of a seed file", "marks are not in the log, and none is broken"),
];

/// Values of these tests and of a new registry, and words of the specifications.
const VALUES: &[&str] = &[
    "Acme EPJ",
    "Bjørnar Åsheim",
    "Chloé Müller",
    "Api",
    "EC",
    "Endret",
    "Flaksvaagoey kommune",
    "Fra fil",
    "Granfjelldal kommune",
    "Gui",
    "Hansens legekontor AS",
    "HPR",
    "HelseID",
    "JFT test entity",
    "JWK",
    "Jorunn Kråkenes",
    "Klienten",
    "Kvart Grevling",
    "Livstrett Bever",
    "Kommunen",
    "Midtbyen Legesenter",
    "Norsk helsenett SF",
    "Ny",
    "Ny Endret",
    "POST",
    "Synnøve Lærke",
    "Uten",
    "Utkast",
    "helseid",
    "kid",
    "legacy",
    "none",
    "null",
    "Åse Ærlig Nordhøy",
    "Øyvind Sæther",
];

/// Sentences that are on no page.
pub(super) fn unseen(seen: &BTreeSet<String>) -> Vec<String> {
    let all: Vec<_> = seen.iter().map(String::as_str).collect();
    let all = all.join("\n");
    let is_unseen = |(english, norwegian): &(&str, &str)| {
        !all.contains(norwegian) && !UNSEEN.iter().any(|(known, _)| known == english)
    };
    let sentences = SENTENCES.lines().filter_map(|line| line.split_once(" = ")).filter(is_unseen);
    sentences.map(|(english, _)| format!("on no page: {english}")).collect()
}

/// Words that are the same on the English and the Norwegian page, as those are that nobody has translated.
pub(super) fn same_in_both_languages(same: &BTreeSet<String>) -> Vec<String> {
    let pairs = SENTENCES.lines().filter_map(|line| line.split_once(" = "));
    let known: BTreeSet<_> =
        pairs.filter(|(english, norwegian)| english == norwegian).map(|(word, _)| word).collect();
    let is_ours = |text: &&String| {
        let is_text = text.chars().all(|c| c.is_alphabetic() || c == ' ' || c == '.');
        is_text && !known.contains(text.as_str()) && !VALUES.contains(&text.as_str())
    };
    same.iter().filter(is_ours).map(|text| format!("in both languages: {text}")).collect()
}
