use helseid_protocol::random::SystemRandom;
use proptest::prelude::*;

use super::*;

const BEGAN: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn asked() -> Asked {
    Asked {
        began: BEGAN,
        return_to: Some("/patients/7?tab=notes".into()),
        level: Some(SecurityLevel::High),
        identity_provider: Some("testidp-oidc".into()),
        acr: vec!["one".into(), "two".into()],
        max_age: Some(0),
        is_new: true,
        attests: true,
        expected: Subject::parse("pUg71UwczVYsGMrIfrV6WlIq9uoU1oy3jqLEBRiu4Z8=").ok(),
        organisation: Some(Organisation::Parent {
            parent: OrganisationNumber::parse("312232324").unwrap(),
            child: OrganisationNumber::parse("312232326").ok(),
        }),
        resource: Audience::parse("nhn:test-public-sample-api-1").ok(),
    }
}

fn bare() -> Asked {
    Asked {
        return_to: None,
        level: None,
        identity_provider: None,
        acr: Vec::new(),
        max_age: None,
        is_new: false,
        attests: false,
        expected: None,
        organisation: None,
        resource: None,
        ..asked()
    }
}

fn pending(asked: Asked) -> PendingLogin {
    PendingLogin::new([7; BINDING_BYTES], asked, &SystemRandom)
}

fn same(one: &PendingLogin, other: &PendingLogin) -> bool {
    one.seed == other.seed
        && one.key.thumbprint() == other.key.thumbprint()
        && one.binding == other.binding
        && one.asked == other.asked
}

#[test]
fn a_pending_login_is_read_as_it_was_written() {
    let child = OrganisationNumber::parse("999977776").unwrap();
    let parent = Organisation::Parent { parent: child.clone(), child: None };
    for asked in [
        asked(),
        bare(),
        Asked { organisation: Some(Organisation::Child(child)), ..bare() },
        Asked { organisation: Some(parent), level: Some(SecurityLevel::Low), ..bare() },
    ] {
        let pending = pending(asked);
        let again = PendingLogin::from_bytes(&pending.to_bytes()).unwrap();
        assert!(same(&pending, &again));
        assert_eq!((again.state(), again.nonce()), (pending.state(), pending.nonce()));
        assert_eq!(again.verifier().expose(), pending.verifier().expose());
        assert_eq!((again.level(), again.expected()), (pending.asked.level, pending.asked.expected.as_ref()));
    }
}

#[test]
fn state_nonce_and_verifier_differ_and_so_do_two_logins() {
    let (one, other) = (pending(asked()), pending(asked()));
    let texts = |login: &PendingLogin| {
        [
            login.state(),
            login.nonce(),
            login.verifier().expose().to_owned(),
            login.key.thumbprint().to_string(),
        ]
    };
    let mut all = [texts(&one), texts(&other)].concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 8);
    assert_eq!(one.state().len(), 22);
}

#[test]
fn the_usual_with_the_longest_path_fits_sealed_into_1200_bytes() {
    let path = "/".repeat(helseid_protocol::login::LocalPath::MAX_BYTES);
    let usual = Asked { return_to: Some(path), acr: Vec::new(), attests: false, ..asked() };
    // One that attests asks for no new login.
    let attesting = Asked { attests: true, is_new: false, max_age: None, ..usual.clone() };
    for asked in [usual, attesting] {
        let bytes = pending(asked).to_bytes();
        assert!(bytes.len() <= PendingLogin::MAX_BYTES, "{}", bytes.len());
    }
    // A nonce and a tag, and the name of the key.
    let sealed = PendingLogin::MAX_BYTES + 28 + 1 + 24;
    assert!(sealed.div_ceil(3) * 4 < 1_200);
}

#[test]
fn the_longest_that_is_kept_is_read_and_nothing_longer() {
    let of = |acr: usize, path: usize| Asked {
        acr: vec!["a".repeat(acr)],
        return_to: Some("/".repeat(path)),
        ..bare()
    };
    let begin = pending(of(0, 0)).to_bytes().len();
    for (more, is_read) in [(0, true), (1, false), (2, false)] {
        let bytes = pending(of(PendingLogin::MAX_BYTES - begin + more, 0)).to_bytes();
        assert_eq!(bytes.len(), PendingLogin::MAX_BYTES + more);
        assert_eq!(PendingLogin::from_bytes(&bytes).is_some(), is_read, "{more}");
    }
    let begin = pending(of(0, 0)).spent().to_bytes().len();
    for (more, is_read) in [(0, true), (1, false), (2, false)] {
        let bytes = pending(of(0, PendingLogin::MAX_BYTES - begin + more)).spent().to_bytes();
        assert_eq!(bytes.len(), PendingLogin::MAX_BYTES + more);
        assert_eq!(SpentLogin::from_bytes(&bytes).is_some(), is_read, "{more}");
    }
}

#[test]
fn what_was_changed_or_cut_is_no_pending_login() {
    let bytes = pending(asked()).to_bytes();
    let long = [&bytes[..], &vec![b' '; PendingLogin::MAX_BYTES]].concat();
    assert!(PendingLogin::from_bytes(&long).is_none());
    for length in 0..bytes.len() {
        assert!(PendingLogin::from_bytes(&bytes[..length]).is_none(), "{length}");
    }
    let fixed = SEED_BYTES + LoginKey::BYTES + BINDING_BYTES;
    for json in [r#"{"t":1,"x":2}"#, r#"{"t":1,"l":"5"}"#, r#"{"t":1,"o":"1"}"#, r#"{"t":1,"s":""}"#, "{}"] {
        assert!(PendingLogin::from_bytes(&[&bytes[..fixed], json.as_bytes()].concat()).is_none(), "{json}");
    }
}

#[test]
fn a_login_goes_on_for_an_hour_and_not_before_it_began() {
    let login = pending(asked());
    for (seconds, goes_on) in [(0, true), (-10, true), (-11, false), (3_600, true), (3_601, false)] {
        let now = Timestamp::from_seconds(BEGAN.seconds() + seconds);
        assert_eq!((login.goes_on(now), login.spent().is_recent(now)), (goes_on, goes_on), "{seconds}");
    }
}

#[test]
fn what_is_spent_has_no_key_and_no_verifier() {
    let login = pending(asked());
    let spent = SpentLogin::from_bytes(&login.spent().to_bytes()).unwrap();
    assert_eq!(spent.state(), login.state());
    assert_eq!(spent.return_to(), login.return_to());
    let bytes = login.spent().to_bytes();
    let holds = |secret: &[u8]| bytes.windows(secret.len()).any(|part| part == secret);
    assert!(
        !holds(&login.seed[..]) && !holds(&login.key.to_bytes()[..32]) && !holds(login.nonce().as_bytes())
    );
    assert!(!holds(login.verifier().expose().as_bytes()));
    assert!(SpentLogin::from_bytes(&login.to_bytes()).is_none());
    assert!(PendingLogin::from_bytes(&bytes).is_none());
}

#[test]
fn neither_prints_what_it_holds() {
    let login = pending(asked());
    for text in [format!("{login:?}"), format!("{:?}", login.spent())] {
        assert!(!text.contains(&login.state()) && !text.contains("pUg71") && !text.contains("patients"));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..1_000)) {
        let _ = SpentLogin::from_bytes(&bytes);
        prop_assert!(PendingLogin::from_bytes(&bytes).is_none(), "no bytes at random are a key");
    }

    #[test]
    fn whatever_a_login_asks_for_is_read_back(
        path in "/[ -~]{0,200}",
        provider in proptest::option::of("\\PC{0,20}"),
        acr in proptest::collection::vec("[a-z:]{1,12}", 0..4),
        max_age in proptest::option::of(any::<u64>()),
        is_new: bool,
    ) {
        let asked = Asked { return_to: Some(path), identity_provider: provider, acr, max_age, is_new, ..asked() };
        let login = pending(asked);
        let bytes = login.to_bytes();
        if bytes.len() <= PendingLogin::MAX_BYTES {
            prop_assert!(same(&PendingLogin::from_bytes(&bytes).unwrap(), &login));
        }
    }
}
