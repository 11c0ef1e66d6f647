//! A client that logs people in, and what its requests are held against.

use std::sync::LazyLock;

use helseid_protocol::assertion::ClientKey;
use helseid_protocol::authorize::{Client, Expectations};
use helseid_protocol::id::{Audience, ClientId, Issuer};
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey, VerifyKey};
use helseid_protocol::person::SyntheticMonth;
use helseid_protocol::rule::{LoginSwitches, Profile, PushedRequests, Switches};
use helseid_protocol::scope::{Scope, ScopeSet};
use helseid_protocol::time::{TOLERANCE, Timestamp};
use helseid_protocol::uri::RedirectUri;

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

pub(crate) static ISSUER: LazyLock<Issuer> =
    LazyLock::new(|| Issuer::parse("https://sts.example").expect("an issuer"));
pub(crate) static CLIENT: LazyLock<ClientId> =
    LazyLock::new(|| ClientId::parse("the-client").expect("an id"));
pub(crate) static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    SigningKey::new(&key).expect("a key")
});
pub(crate) static REDIRECT_URIS: LazyLock<Vec<RedirectUri>> = LazyLock::new(|| {
    ["https://app.example/cb?x=1", "http://localhost/cb", "http://127.0.0.1:3000/cb"]
        .map(|text| RedirectUri::parse(text).expect("an address"))
        .into()
});
static KEYS: LazyLock<Vec<ClientKey>> = LazyLock::new(|| {
    let key = VerifyKey::new(KEY.public().clone()).expect("a key");
    vec![ClientKey { key, expires: None }]
});
static SCOPES: LazyLock<ScopeSet> =
    LazyLock::new(|| ScopeSet::parse("profile nhn:api/read").expect("scopes"));

/// Calls `judge` with what a request is held against: the first bits choose the profile, and what the client must do.
pub(crate) fn judged<T>(bits: u8, judge: impl FnOnce(&Client<'_>, &Expectations<'_>) -> T) -> T {
    let api = Audience::parse("nhn:api").expect("a name");
    let api_of = |scope: &Scope| (scope.audience() == Some("nhn:api")).then(|| api.clone());
    let profile = Profile::ALL[usize::from(bits) % Profile::ALL.len()].switches();
    let login = LoginSwitches { pushed_requests: PushedRequests::Optional, ..profile.login };
    let switches = Switches { login, ..*profile };
    let client = Client {
        id: &CLIENT,
        keys: &KEYS,
        redirect_uris: &REDIRECT_URIS,
        scopes: &SCOPES,
        api_of: &api_of,
        may_use_codes: true,
        may_use_refresh_tokens: bits & 0x04 == 0,
        require_par: None,
        require_signed_requests: bits & 0x08 != 0,
    };
    let expectations = Expectations {
        issuer: &ISSUER,
        switches: &switches,
        tolerance: TOLERANCE,
        now: NOW,
        identity_providers: &["testidp-oidc"],
        test_persons: Some(SyntheticMonth::Plus80),
        id_token_hint: &|_| Ok(()),
    };
    judge(&client, &expectations)
}
