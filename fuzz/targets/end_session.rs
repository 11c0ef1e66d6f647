#![no_main]
//! A query of the end session endpoint: it is read or refused, and leads nowhere but to a registered address.
//!
//! The first byte says who is signed in. A query follows, to which a valid hint and the registered address are added where the
//! next bit says so.

use std::sync::LazyLock;
use std::time::Duration;

use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::endpoint::end_session::{Browser, EndSessionForm, Ending};
use helseid_protocol::forge;
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::id_token::IdTokenRequest;
use helseid_protocol::jose::{Algorithm, AlgorithmSet, PrivateJwk, RsaSize, SigningKey, VerifyKey};
use helseid_protocol::person::{LoggedIn, Login, Network, Person, PersonName, PersonNumber, SyntheticMonth};
use helseid_protocol::rule::Trail;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Timestamp;
use helseid_protocol::uri::RedirectUri;
use http::Method;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
const BACK: &str = "https://app.example/out?a=b";

struct World {
    verify: VerifyKey,
    issuer: Issuer,
    hint: String,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let key = SigningKey::new(&key).expect("a key");
    let issuer = Issuer::parse("https://sts.example").expect("an issuer");
    let person = Person {
        number: PersonNumber::parse("15849197352", SyntheticMonth::Plus80).expect("a number"),
        name: PersonName::new("LIVSTRETT", None, "BEVER").expect("a name"),
        health_personnel: None,
    };
    let login = Login {
        session: "CC2462C2",
        authenticated: NOW,
        level: SecurityLevel::High,
        identity_provider: "testidp-oidc",
        methods: &["pwd"],
        network: Network::Internet,
    };
    let request = IdTokenRequest {
        issuer: &issuer,
        client_id: &ClientId::parse("the-client").expect("an id"),
        logged_in: LoggedIn { person: &person, login },
        scopes: &ScopeSet::parse("openid").expect("a scope"),
        nonce: None,
        access_token: None,
        algorithm: Algorithm::ES256,
        lifetime: Duration::from_secs(300),
        now: NOW,
    };
    let hint = forge::id_token(&key, request).header("kid", "k").sign(&key);
    World { verify: VerifyKey::new(key.public().clone()).expect("a key"), issuer, hint }
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let world = &*WORLD;
    let mut query = rest.to_vec();
    if first & 4 != 0 {
        query.extend(format!("&id_token_hint={}", world.hint).bytes());
    }
    if first & 8 != 0 {
        query.extend(b"&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fout%3Fa%3Db");
    }
    let trail = &mut Trail::new();
    let Ok(form) = EndSessionForm::read(&Method::GET, &query, (None, b""), trail) else { return };
    let hint = form.hint(&world.issuer, AlgorithmSet::HELSEID, |_, _| Some(&world.verify), |_| true, trail);
    let browser = match first & 3 {
        0 => Browser::SignedOut,
        1 => Browser::InTheHintedSession,
        _ => Browser::InAnotherSession,
    };
    let registered = [RedirectUri::parse(BACK).expect("an address")];
    let Ok(ended) = form.decide(hint.as_ref(), browser, &registered, trail) else { return };
    if let Some(redirect) = &ended.redirect {
        assert!(hint.is_some(), "a redirect without a hint");
        let location = redirect.location();
        assert!(
            location.starts_with(BACK) && location.bytes().all(|byte| byte.is_ascii_graphic()),
            "{location}"
        );
    }
    assert!(ended.ending == Ending::AfterAQuestion || hint.is_some() || browser == Browser::SignedOut);
});
