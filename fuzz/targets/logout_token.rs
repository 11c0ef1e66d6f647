#![no_main]
//! A logout token at a client: whatever is signed, it is read or refused, and names a person or a session.
//!
//! A line with members for the header as a JSON object, and one with members for the claims, which are signed by the issuer's
//! key.

use std::sync::LazyLock;
use std::time::Duration;

use helseid_protocol::forge::{self, Jwt};
use helseid_protocol::id::{ClientId, Issuer, JwtId, SessionId};
use helseid_protocol::jose::{Algorithm, AlgorithmSet, PrivateJwk, RsaSize, SigningKey, VerifyKey};
use helseid_protocol::logout::{Expectations, LogoutRequest, PresentedLogoutToken};
use helseid_protocol::person::Subject;
use helseid_protocol::rule::Trail;
use helseid_protocol::time::{TOLERANCE, Timestamp};
use serde_json::Value;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

struct World {
    key: SigningKey,
    verify: VerifyKey,
    client: ClientId,
    issuer: Issuer,
    subject: Subject,
    session: SessionId,
    jwt_id: JwtId,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let key = SigningKey::new(&key).expect("a key");
    World {
        verify: VerifyKey::new(key.public().clone()).expect("a key"),
        key,
        client: ClientId::parse("the-client").expect("an id"),
        issuer: Issuer::parse("https://sts.example").expect("an issuer"),
        subject: Subject::parse("the-person").expect("a subject"),
        session: SessionId::parse("CC2462C2").expect("an id"),
        jwt_id: JwtId::parse("1").expect("an id"),
    }
});

fn changed(jwt: Jwt, members: &str, change: fn(Jwt, &str, Value) -> Jwt) -> Jwt {
    let Ok(Value::Object(members)) = serde_json::from_str(members) else { return jwt };
    members.into_iter().fold(jwt, |jwt, (name, value)| change(jwt, &name, value))
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (header, claims) = text.split_once('\n').unwrap_or((text, ""));
    let world = &*WORLD;
    let request = LogoutRequest {
        issuer: &world.issuer,
        client_id: &world.client,
        subject: Some(&world.subject),
        session_id: &world.session,
        jwt_id: &world.jwt_id,
        lifetime: Duration::from_secs(120),
        now: NOW,
    };
    let jwt = forge::logout_token(&world.key, request).header("kid", "k");
    let jwt = changed(jwt, header, |jwt, name, value| jwt.header(name, value));
    let jwt = changed(jwt, claims, |jwt, name, value| jwt.claim(name, value));
    let (token, mut trail) = (jwt.sign(&world.key), Trail::new());
    let expectations = Expectations {
        issuer: &world.issuer,
        client_id: &world.client,
        algorithms: AlgorithmSet::HELSEID,
        tolerance: TOLERANCE,
        now: NOW,
    };
    let Ok(presented) = PresentedLogoutToken::read(&token, &expectations, &mut trail) else { return };
    let Ok(checked) = presented.check(Some(&world.verify), &expectations, &mut trail) else { return };
    assert!(checked.subject().is_some() || checked.session_id().is_some());
    assert!(checked.issued() <= NOW.plus(TOLERANCE) && checked.remember_until() > NOW);
});
