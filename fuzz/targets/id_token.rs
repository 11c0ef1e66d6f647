#![no_main]
//! An ID token at a client and as a hint: whatever is signed, it is read or refused, and never of another client or issuer.
//!
//! A line with members for the header as a JSON object, and one with members for the claims, which are signed by the issuer's
//! key.

use std::sync::LazyLock;
use std::time::Duration;

use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::forge::{self, Jwt};
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::id_token::{Expectations, Hint, IdTokenRequest, Occasion, PresentedIdToken, Requested};
use helseid_protocol::jose::{Algorithm, AlgorithmSet, PrivateJwk, RsaSize, SigningKey, VerifyKey};
use helseid_protocol::person::{LoggedIn, Login, Network, Person, PersonName, PersonNumber, SyntheticMonth};
use helseid_protocol::rule::Trail;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::{TOLERANCE, Timestamp};
use serde_json::Value;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

struct World {
    key: SigningKey,
    verify: VerifyKey,
    client: ClientId,
    issuer: Issuer,
    person: Person,
    scopes: ScopeSet,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let key = SigningKey::new(&key).expect("a key");
    World {
        verify: VerifyKey::new(key.public().clone()).expect("a key"),
        key,
        client: ClientId::parse("the-client").expect("an id"),
        issuer: Issuer::parse("https://sts.example").expect("an issuer"),
        person: Person {
            number: PersonNumber::parse("15849197352", SyntheticMonth::Plus80).expect("a number"),
            name: PersonName::new("LIVSTRETT", None, "BEVER").expect("a name"),
            health_personnel: None,
        },
        scopes: ScopeSet::parse("openid profile helseid://scopes/identity/all").expect("scopes"),
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
    let login = Login {
        session: "CC2462C2",
        authenticated: NOW,
        level: SecurityLevel::High,
        identity_provider: "testidp-oidc",
        methods: &["pwd"],
        network: Network::Internet,
    };
    let request = IdTokenRequest {
        issuer: &world.issuer,
        client_id: &world.client,
        logged_in: LoggedIn { person: &world.person, login },
        scopes: &world.scopes,
        nonce: Some("n"),
        access_token: None,
        algorithm: Algorithm::ES256,
        lifetime: Duration::from_secs(300),
        now: NOW,
    };
    let jwt = forge::id_token(&world.key, request).header("kid", "k");
    let jwt = changed(jwt, header, |jwt, name, value| jwt.header(name, value));
    let jwt = changed(jwt, claims, |jwt, name, value| jwt.claim(name, value));
    let (token, mut trail) = (jwt.sign(&world.key), Trail::new());
    let requested = Requested {
        nonce: Some("n"),
        authenticated_since: Some(NOW),
        level: Some(SecurityLevel::High),
        identity_provider: Some("testidp-oidc"),
        acr: &["Level4"],
    };
    let expectations = Expectations {
        issuer: &world.issuer,
        client_id: &world.client,
        algorithms: AlgorithmSet::HELSEID,
        access_token: None,
        occasion: Occasion::Login(requested),
        tolerance: TOLERANCE,
        now: NOW,
    };
    if let Ok(hint) = Hint::read(&token, &world.issuer, AlgorithmSet::HELSEID, |_, _| Some(&world.verify)) {
        assert_eq!(hint.claims().issuer(), world.issuer.as_str());
    }
    let Ok(presented) = PresentedIdToken::read(&token, &expectations, &mut trail) else { return };
    let Ok(claims) = presented.check(Some(&world.verify), &expectations, &mut trail) else { return };
    assert_eq!((claims.issuer(), claims.nonce()), (world.issuer.as_str(), Some("n")));
    assert!(claims.expires() > NOW.minus(TOLERANCE) && claims.issued() <= NOW.plus(TOLERANCE));
    // The same is of the same login.
    let again = Expectations { occasion: Occasion::Refresh(&claims), ..expectations };
    let presented = PresentedIdToken::read(&token, &again, &mut trail).expect("it was read");
    assert!(presented.check(Some(&world.verify), &again, &mut trail).is_ok());
});
