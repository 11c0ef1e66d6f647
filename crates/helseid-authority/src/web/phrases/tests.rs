use std::collections::BTreeSet;
use std::path::Path;

use helseid_protocol::dpop::InvalidTarget;
use helseid_protocol::id::{InvalidId, Issuer};
use helseid_protocol::jose::InvalidJwk;
use helseid_protocol::jose::format::UnreadableKey;
use helseid_protocol::jose::json::InvalidJson;
use helseid_protocol::jose::jws::Malformed;
use helseid_protocol::registration;
use helseid_protocol::rule::{Profile, Trail};
use helseid_protocol::scope::InvalidScope;
use serde_json::json;

use super::*;
use crate::domain::change::{Kind, Subject};
use crate::registry::Snapshot;
use crate::registry::registration::{NotRegistered, require_unmanaged};
use crate::storage::ephemeral::Unavailable;
use crate::storage::registry::StoreError;

fn norwegian(english: &str) -> String {
    say(Language::Norwegian, english)
}

/// Those that are shown as they are.
fn untranslated<T: ToString>(lines: impl IntoIterator<Item = T>) -> Vec<String> {
    lines.into_iter().map(|line| line.to_string()).filter(|line| norwegian(line) == *line).collect()
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
    for unknown in ["", "give another name!", "nobody has translated this", "'it is empty'"] {
        assert_eq!(norwegian(unknown), unknown);
    }
}

#[test]
fn a_sentence_in_a_sentence_is_translated_too_but_not_for_ever() {
    assert_eq!(norwegian("an invalid jti: it is empty"), "en ugyldig jti: den er tom");
    let nested = format!("{}it is empty", "a key: ".repeat(50));
    assert!(norwegian(&nested).ends_with("a key: it is empty"));
}

#[test]
fn of_two_phrases_that_fit_the_one_that_says_more_is_taken() {
    assert_eq!(norwegian("a string in aud"), "en streng i aud");
    assert_eq!(norwegian("a string in it"), "en streng i den");
    assert!(norwegian("it is an RSA key of 512 bits, and 2048 to 8192 are supported").contains("512 bit"));
}

/// Each of the three lines, whatever the registry or a store says.
#[test]
fn why_something_was_refused_has_no_english_line() {
    let kinds = [
        "client",
        "API",
        "organisation",
        "person",
        "access key",
        "broken entry",
        "key",
        "session",
        "request",
    ];
    let mut refused: Vec<_> = kinds.iter().map(|kind| NotRegistered::unknown(kind, "a")).collect();
    refused.extend([StoreError::Away, StoreError::Full, StoreError::Contended].map(NotRegistered::from));
    refused.push(StoreError::NotReadBack { what: "client", why: "x".to_owned() }.into());
    let subject = |kind| Subject { kind, id: "a".to_owned() };
    for kind in Kind::SEEDED {
        refused.push(NotRegistered::broken(&subject(kind), "x"));
        let managed = BTreeSet::from([subject(kind)]);
        let registry = Snapshot { managed, ..Snapshot::default() };
        refused.push(require_unmanaged(&registry, &subject(kind)).unwrap_err());
    }
    let lines = refused.into_iter().flat_map(|why| [why.title, why.detail, why.next]);
    assert_eq!(untranslated(lines), Vec::<String>::new());
    let unavailable = [Unavailable::Full, Unavailable::Away, Unavailable::Closed, Unavailable::Forgotten];
    assert_eq!(untranslated(unavailable.map(|why| why.why())), Vec::<String>::new());
}

/// The texts of each `Facts::new` in the files of a folder, where they are written out there; what stands in braces is a word.
fn facts(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            facts(&path, found);
            continue;
        }
        let code = std::fs::read_to_string(path).unwrap();
        for call in code.split("Facts::new(").skip(1) {
            let mut depth = 1_usize;
            let of_call = |c: char| {
                depth = match c {
                    '(' => depth + 1,
                    ')' => depth - 1,
                    _ => depth,
                };
                depth == 0
            };
            let arguments = call.split(of_call).next().unwrap();
            for text in arguments.split('"').skip(1).step_by(2) {
                let pieces =
                    text.split('{').map(|piece| piece.split_once('}').map_or(piece, |(_, rest)| rest));
                found.insert(pieces.collect::<Vec<_>>().join("x"));
            }
        }
    }
}

/// What the pages of a login and of its requests in the trace say.
#[test]
fn what_the_endpoints_of_a_login_expect_and_what_came_has_no_english_text() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut said = BTreeSet::new();
    for folder in [
        "src/oauth",
        "src/login",
        "../helseid-protocol/src/authorize",
        "../helseid-protocol/src/details",
        "../helseid-protocol/src/person",
    ] {
        facts(&own.join(folder), &mut said);
    }
    assert!(said.len() > 50 && said.contains("a request that 'x' pushed"), "{said:?}");
    // Names are the same in both languages.
    let is_plain = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase());
    said.retain(|text| text.split_whitespace().filter(is_plain).count() > 1);
    assert_eq!(untranslated(said), Vec::<String>::new());
}

#[test]
fn every_kind_of_error_of_the_parsers_is_said_in_norwegian() {
    let json = [InvalidJson::Syntax, InvalidJson::NotAnObject, InvalidJson::TooDeep];
    assert_eq!(untranslated(json), Vec::<String>::new());
    assert_eq!(untranslated([InvalidJson::Doubled("a".to_owned())]), Vec::<String>::new());
    let jws = [
        Malformed::TooLong(2, 1),
        Malformed::Parts(2),
        Malformed::Empty("header"),
        Malformed::Base64("header"),
        Malformed::Unsigned("none".to_owned()),
        Malformed::Json("header", InvalidJson::Syntax),
        Malformed::Parameter("typ", "a string"),
        Malformed::Critical,
    ];
    assert_eq!(untranslated(jws), Vec::<String>::new());
    let jwk = [
        InvalidJwk::Json(InvalidJson::Syntax),
        InvalidJwk::TooLong(1),
        InvalidJwk::Missing("n"),
        InvalidJwk::Member("n", "a string"),
        InvalidJwk::Symmetric,
        InvalidJwk::UnknownType,
        InvalidJwk::Private("d"),
        InvalidJwk::Algorithm,
        InvalidJwk::Use,
        InvalidJwk::Size(512),
        InvalidJwk::Roca,
        InvalidJwk::Factor(3),
        InvalidJwk::Numbers,
    ];
    assert_eq!(untranslated(jwk), Vec::<String>::new());
    let ids = [InvalidId::Empty, InvalidId::TooLong(300), InvalidId::ControlCharacter];
    assert_eq!(untranslated(ids), Vec::<String>::new());
    let scopes = [
        InvalidScope::Empty,
        InvalidScope::TooLong(300),
        InvalidScope::Character('"'),
        InvalidScope::TooMany,
    ];
    assert_eq!(untranslated(scopes), Vec::<String>::new());
    let targets = [
        InvalidTarget::TooLong(1),
        InvalidTarget::NotHttp,
        InvalidTarget::Credentials,
        InvalidTarget::QueryOrFragment,
        InvalidTarget::AboveBase,
    ];
    assert_eq!(untranslated(targets), Vec::<String>::new());
    let issuers =
        ["", "a b", "ftp://a", "https://a?b", "https://a:b@c"].map(Issuer::parse).map(Result::unwrap_err);
    assert_eq!(untranslated(issuers), Vec::<String>::new());
}

#[test]
fn every_reason_that_a_pasted_key_cannot_be_read_is_said_in_norwegian() {
    let keys = [
        UnreadableKey::TooLarge(1),
        UnreadableKey::UnknownFormat,
        UnreadableKey::Foreign { what: "a JWT".to_owned(), next: "give the key that signs" },
        UnreadableKey::Jwk(InvalidJwk::Numbers),
        UnreadableKey::Malformed("PEM"),
        UnreadableKey::UnknownKind,
        UnreadableKey::ExplicitCurve,
        UnreadableKey::ManyPrimes,
        UnreadableKey::NoPrivateKey("a certificate"),
        UnreadableKey::SeveralKeys(vec!["a".to_owned(), "b".to_owned()]),
        UnreadableKey::PasswordMissing,
        UnreadableKey::Password,
        UnreadableKey::Scheme("RC2".to_owned()),
    ];
    assert_eq!(untranslated(keys), Vec::<String>::new());
}

#[test]
fn what_a_key_broke_is_said_by_its_rule_with_its_facts() {
    let rule = Rule::KeySize;
    assert_eq!(norwegian(rule.fix()), rule_text::text(Language::Norwegian, rule).fix);
    let mut trail = Trail::new();
    let short = json!({ "kty": "RSA", "n": "w".repeat(86), "e": "AQAB" });
    let fault = registration::check_key(&short, Profile::Helseid.switches(), &mut trail).unwrap_err();
    let refusal = NotRegistered::of_key(fault);
    let detail = norwegian(&refusal.detail);
    for part in ["forventet 2048 til 8192 bit", "fikk en ugyldig JWK: det er en RSA-nøkkel på", "(key.size)"]
    {
        assert!(detail.contains(part), "{detail}");
    }
    assert_eq!(untranslated([refusal.title, refusal.next]), Vec::<String>::new());
}

#[test]
fn each_phrase_has_as_many_values_in_both_languages_at_most_and_stands_once() {
    let mut seen = BTreeSet::new();
    for phrase in PHRASES.iter() {
        assert!(phrase.norwegian.len() <= phrase.english.len(), "{:?}", phrase.english);
        assert!(seen.insert(phrase.english.clone()), "{:?} stands twice", phrase.english);
    }
}
