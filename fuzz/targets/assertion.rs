#![no_main]
//! A client assertion with structured claims: whatever is signed, it is read or refused, and never as another client's.
//!
//! The first byte chooses the profile. Then a line with members for the header as a JSON object, and one with members for
//! the claims, which are signed by the client's key.

use std::sync::LazyLock;

use helseid_protocol::assertion::{AssertionRequest, ClientKey, Expectations, PresentedAssertion};
use helseid_protocol::details::Details;
use helseid_protocol::forge::{self, Jwt};
use helseid_protocol::id::{ClientId, Issuer, JwtId};
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey, VerifyKey};
use helseid_protocol::rule::{Profile, Trail};
use helseid_protocol::time::{TOLERANCE, Timestamp};
use serde_json::Value;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

struct World {
    key: SigningKey,
    keys: Vec<ClientKey>,
    client: ClientId,
    issuer: Issuer,
    jwt_id: JwtId,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let key = SigningKey::new(&key).expect("a key");
    let verify = VerifyKey::new(key.public().clone()).expect("a key");
    World {
        keys: vec![ClientKey { key: verify, expires: None }],
        key,
        client: ClientId::parse("the-client").expect("an id"),
        issuer: Issuer::parse("https://sts.example").expect("an issuer"),
        jwt_id: JwtId::parse("1").expect("an id"),
    }
});

fn changed(jwt: Jwt, members: &str, change: fn(Jwt, &str, Value) -> Jwt) -> Jwt {
    let Ok(Value::Object(members)) = serde_json::from_str(members) else { return jwt };
    members.into_iter().fold(jwt, |jwt, (name, value)| change(jwt, &name, value))
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let (header, claims) = text.split_once('\n').unwrap_or((text, ""));
    let world = &*WORLD;
    let request = AssertionRequest {
        client_id: &world.client,
        issuer: &world.issuer,
        jwt_id: &world.jwt_id,
        now: NOW,
        details: None,
    };
    let jwt =
        changed(forge::assertion(&world.key, request), header, |jwt, name, value| jwt.header(name, value));
    let jwt = changed(jwt, claims, |jwt, name, value| jwt.claim(name, value));
    let switches = Profile::ALL[usize::from(*first) % Profile::ALL.len()].switches();
    let expectations = Expectations {
        issuer: &world.issuer,
        token_endpoint: "https://sts.example/connect/token",
        switches,
        tolerance: TOLERANCE,
        now: NOW,
    };
    let (assertion, mut trail) = (jwt.sign(&world.key), Trail::new());
    let Ok(presented) = PresentedAssertion::read(&assertion, &mut trail) else { return };
    let named = presented.client_id().clone();
    let Ok(checked) = presented.check(&world.keys, expectations, &mut trail) else { return };
    assert_eq!(checked.client_id(), &named);
    assert!(checked.remember_until() > NOW && checked.remember_until() < NOW.plus(TOLERANCE * 10));
    if let Ok(details) = Details::read(checked.claims(), &mut trail)
        && let Some(claim) = details.to_claim()
    {
        // What was understood is understood again.
        let claims = [("assertion_details".to_owned(), claim)].into_iter().collect();
        assert!(Details::read(&claims, &mut Trail::new()).is_ok());
    }
});
