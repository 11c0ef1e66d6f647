use helseid_protocol::jose::base64url;
use helseid_protocol::random::SystemRandom;
use proptest::prelude::*;

use super::*;

fn line(name: &str, byte: u8) -> String {
    format!("{name}:{}\n", base64url::encode(&[byte; 32]))
}

fn keys(all: &[(&str, u8)]) -> SealingKeys {
    SealingKeys::parse(&all.iter().map(|(name, byte)| line(name, *byte)).collect::<String>()).unwrap()
}

const PLACE: Place<'_> =
    Place { purpose: Purpose::Session, of: &[b"secret"], bound_to: &[b"row", b"issuer"] };

#[test]
fn keys_are_changed_in_three_steps_and_each_replica_understands_its_neighbour() {
    let steps: [&[(&str, u8)]; 4] = [&[("a", 1)], &[("a", 1), ("b", 2)], &[("b", 2), ("a", 1)], &[("b", 2)]];
    for neighbours in steps.windows(2) {
        for (one, other) in [(neighbours[0], neighbours[1]), (neighbours[1], neighbours[0])] {
            let (one, other) = (keys(one), keys(other));
            assert_eq!(other.open(&PLACE, &one.seal(&PLACE, b"text")).unwrap().as_slice(), b"text");
            let name = one.code(Purpose::Index, &[b"sub"]);
            assert!(other.codes(Purpose::Index, &[b"sub"]).any(|code| code == name));
        }
    }
    let sealed = keys(&[("a", 1)]).seal(&PLACE, b"text");
    assert!(keys(&[("b", 2)]).open(&PLACE, &sealed).is_none());
    assert!(keys(&[("a", 2)]).open(&PLACE, &sealed).is_none(), "another key of the same name");
}

#[test]
fn what_is_sealed_opens_for_its_purpose_its_secret_and_its_place_alone() {
    let keys = keys(&[("a", 1)]);
    let sealed = keys.seal(&PLACE, b"text");
    for other in [
        Place { purpose: Purpose::Form, ..PLACE },
        Place { of: &[b"another"], ..PLACE },
        Place { of: &[b"sec", b"ret"], ..PLACE },
        Place { of: &[], ..PLACE },
        Place { bound_to: &[b"row", b"another"], ..PLACE },
        Place { bound_to: &[b"rowi", b"ssuer"], ..PLACE },
        Place { bound_to: &[b"row"], ..PLACE },
    ] {
        assert!(keys.open(&other, &sealed).is_none());
    }
}

#[test]
fn what_are_no_keys_is_refused_and_nothing_is_shown() {
    let whole = line("a", 1);
    for (text, why) in [
        (String::new(), InvalidKeys::None),
        (" \n ".to_owned(), InvalidKeys::None),
        (base64url::encode(&[1; 32]), InvalidKeys::Invalid(1)),
        (format!(":{}", base64url::encode(&[1; 32])), InvalidKeys::Invalid(1)),
        (format!("{whole}b:{}", base64url::encode(&[1; 31])), InvalidKeys::Invalid(2)),
        (format!("{whole}b/c:{}", base64url::encode(&[1; 32])), InvalidKeys::Invalid(2)),
        (line("seventeen-letters", 1), InvalidKeys::Invalid(1)),
        (format!("{whole}{}", line("a", 2)), InvalidKeys::SameName(1, 2)),
        ((0..9).map(|n| line(&n.to_string(), n)).collect(), InvalidKeys::TooMany),
        (" ".repeat(5_000), InvalidKeys::TooMany),
    ] {
        assert_eq!(SealingKeys::parse(&text).unwrap_err(), why, "{text}");
    }
    let text = SealingKeys::generate("first", &SystemRandom);
    let shown = format!("{:?}", SealingKeys::parse(&text).unwrap());
    assert_eq!(shown, r#"["first"]"#);
}

#[test]
fn a_file_is_read_and_one_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    std::fs::write(&file, line("a", 1)).unwrap();
    SealingKeys::from_file(&file).unwrap();
    let why = SealingKeys::from_file(folder.path().join("no-keys")).unwrap_err().to_string();
    assert!(why.contains("no-keys"), "{why}");
}

proptest! {
    #[test]
    fn nothing_that_was_changed_opens(plain in proptest::collection::vec(any::<u8>(), 0..200), place in any::<usize>(), flip in 1_u8..) {
        let keys = keys(&[("a", 1), ("b", 2)]);
        let mut sealed = keys.seal(&PLACE, &plain);
        let opened = keys.open(&PLACE, &sealed).unwrap();
        prop_assert_eq!(opened.as_slice(), plain.as_slice());
        let place = place % sealed.len();
        sealed[place] ^= flip;
        prop_assert!(keys.open(&PLACE, &sealed).is_none());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(keys(&[("a", 1)]).open(&PLACE, &bytes).is_none());
    }
}
