//! What can be wrong with an answer: one thing at a time.

use helseid_protocol::forge::Jwt;
use helseid_protocol::rule::Rule;
use serde_json::json;

use super::tokens::Signers;

/// One thing that is wrong with what the authority answers.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// use helseid_login::test_util::Broken;
///
/// // In an app's own test: each broken answer is refused by its rule.
/// for (broken, rule) in [Broken::ALL[0], Broken::ALL[4]] {
///     authority.break_with(broken);
///     let error = authority.log_in(&login, &Default::default()).await.err();
///     assert_eq!(error.and_then(|error| error.rule()), Some(rule));
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Broken {
    /// The callback has no `state`.
    StateMissing,
    /// The callback has the `state` of another login.
    StateOther,
    /// The callback has `state` twice.
    StateTwice,
    /// The callback has no `iss`.
    IssMissing,
    /// The callback's `iss` is another server.
    IssOther,
    /// The callback has a code and an error.
    CodeAndError,
    /// The callback has neither.
    CodeMissing,
    /// The answer has no ID token.
    IdTokenMissing,
    /// The ID token is no JWT.
    IdTokenForm,
    /// The ID token has the `typ` of a logout token.
    TypLogout,
    /// The ID token's `alg` is `none`, and it has no signature.
    AlgNone,
    /// The ID token's `alg` is a symmetric one.
    AlgSymmetric,
    /// The ID token's `iss` is another server.
    IdTokenIssOther,
    /// The ID token has no `iss`.
    IdTokenIssMissing,
    /// The ID token names no key.
    KidMissing,
    /// The ID token names a key that is not published.
    KidOther,
    /// The ID token is signed by another key than it names.
    SignerOther,
    /// A claim was changed after the ID token was signed.
    ClaimChanged,
    /// The ID token is for another client.
    AudOther,
    /// The ID token is for nobody.
    AudMissing,
    /// The ID token is for another client, too.
    AudSecond,
    /// The ID token was issued to another party.
    AzpOther,
    /// The ID token does not say who.
    SubMissing,
    /// The ID token has expired.
    Expired,
    /// The ID token has no `exp`.
    ExpMissing,
    /// The ID token is of the next hour.
    IatAhead,
    /// The ID token has no `iat`.
    IatMissing,
    /// The ID token has the nonce of another login.
    NonceOther,
    /// The ID token has no nonce.
    NonceMissing,
    /// The ID token is of another access token.
    AtHashOther,
    /// The person authenticated an hour ago.
    AuthTimeOld,
    /// The ID token does not say when the person authenticated.
    AuthTimeMissing,
    /// The person authenticates in the next hour.
    AuthTimeAhead,
    /// The person is logged in at a lower level than [`TestProvider`](super::TestProvider) logs in at.
    LevelLow,
    /// The person logged in at another identity provider.
    IdpOther,
    /// The ID token's `acr` is another.
    AcrOther,
    /// Another person logged in.
    PersonOther,
    /// Userinfo is about another person.
    UserInfoSubOther,
    /// Userinfo is about nobody.
    UserInfoSubMissing,
}

impl Broken {
    /// Each of them, with the rule that it breaks. Some break it only if the login asks for it: a time, an identity provider, an
    /// `acr`, a level, or a person.
    pub const ALL: [(Self, Rule); 39] = [
        (Self::StateMissing, Rule::LoginTransaction),
        (Self::StateOther, Rule::LoginTransaction),
        (Self::StateTwice, Rule::LoginTransaction),
        (Self::IssMissing, Rule::LoginIss),
        (Self::IssOther, Rule::LoginIss),
        (Self::CodeAndError, Rule::LoginError),
        (Self::CodeMissing, Rule::LoginCode),
        (Self::IdTokenMissing, Rule::IdTokenForm),
        (Self::IdTokenForm, Rule::IdTokenForm),
        (Self::TypLogout, Rule::IdTokenTyp),
        (Self::AlgNone, Rule::IdTokenAlg),
        (Self::AlgSymmetric, Rule::IdTokenAlg),
        (Self::IdTokenIssOther, Rule::IdTokenIss),
        (Self::IdTokenIssMissing, Rule::IdTokenIss),
        (Self::KidMissing, Rule::IdTokenKid),
        (Self::KidOther, Rule::IdTokenKid),
        (Self::SignerOther, Rule::IdTokenSignature),
        (Self::ClaimChanged, Rule::IdTokenSignature),
        (Self::AudOther, Rule::IdTokenAud),
        (Self::AudMissing, Rule::IdTokenAud),
        (Self::AudSecond, Rule::IdTokenAud),
        (Self::AzpOther, Rule::IdTokenAzp),
        (Self::SubMissing, Rule::IdTokenSub),
        (Self::Expired, Rule::IdTokenExp),
        (Self::ExpMissing, Rule::IdTokenExp),
        (Self::IatAhead, Rule::IdTokenIat),
        (Self::IatMissing, Rule::IdTokenIat),
        (Self::NonceOther, Rule::IdTokenNonce),
        (Self::NonceMissing, Rule::IdTokenNonce),
        (Self::AtHashOther, Rule::IdTokenAtHash),
        (Self::AuthTimeOld, Rule::IdTokenAuthTime),
        (Self::AuthTimeMissing, Rule::IdTokenAuthTime),
        (Self::AuthTimeAhead, Rule::IdTokenAuthTime),
        (Self::LevelLow, Rule::IdTokenLevel),
        (Self::IdpOther, Rule::IdTokenIdp),
        (Self::AcrOther, Rule::IdTokenAcr),
        (Self::PersonOther, Rule::LoginSamePerson),
        (Self::UserInfoSubOther, Rule::UserInfoSub),
        (Self::UserInfoSubMissing, Rule::UserInfoSub),
    ];

    /// Whether the callback is what is wrong, so that nothing must be sent to the token endpoint.
    #[must_use]
    pub fn is_in_the_callback(self) -> bool {
        use Broken::{CodeAndError, CodeMissing, IssMissing, IssOther, StateMissing, StateOther, StateTwice};
        [StateMissing, StateOther, StateTwice, IssMissing, IssOther, CodeAndError, CodeMissing]
            .contains(&self)
    }

    /// The fields of a callback.
    pub(super) fn in_callback(self, fields: &mut Vec<(&'static str, String)>) {
        let mut set = |name: &'static str, value: Option<&str>| {
            fields.retain(|(own, _)| *own != name);
            fields.extend(value.map(|value| (name, value.to_owned())));
        };
        match self {
            Self::StateMissing => set("state", None),
            Self::StateOther => set("state", Some("bm90IHlvdXIgc3RhdGU-Pg")),
            Self::StateTwice => {
                fields.extend(fields.clone().into_iter().filter(|(name, _)| *name == "state"))
            }
            Self::IssMissing => set("iss", None),
            Self::IssOther => set("iss", Some("https://another.example")),
            Self::CodeAndError => set("error", Some("access_denied")),
            Self::CodeMissing => set("code", None),
            _ => {}
        }
    }

    /// An ID token of `now` in seconds, signed.
    pub(super) fn in_id_token(self, jwt: Jwt, signers: &Signers, now: i64) -> String {
        let hour = 3_600;
        let own = &signers.own;
        match self {
            Self::IdTokenForm => "no.token".to_owned(),
            Self::TypLogout => jwt.header("typ", "logout+jwt").sign(own),
            Self::AlgNone => jwt.header("alg", "none").with_signature(b""),
            Self::AlgSymmetric => jwt.header("alg", "HS256").sign(own),
            Self::IdTokenIssOther => jwt.claim("iss", "https://another.example").sign(own),
            Self::IdTokenIssMissing => jwt.without_claim("iss").sign(own),
            Self::KidMissing => jwt.without_header("kid").sign(own),
            Self::KidOther => jwt.header("kid", "another").sign(own),
            Self::SignerOther => jwt.sign(&signers.stranger),
            Self::ClaimChanged => jwt.sign_then_claim(own, "sub", "somebody-else"),
            Self::AudOther => jwt.claim("aud", "another-client").sign(own),
            Self::AudMissing => jwt.without_claim("aud").sign(own),
            Self::AudSecond => {
                let second = json!([jwt.claim_of("aud"), "another-client"]);
                jwt.claim("aud", second).sign(own)
            }
            Self::AzpOther => jwt.claim("azp", "another-client").sign(own),
            Self::SubMissing => jwt.without_claim("sub").sign(own),
            Self::Expired => jwt.claim("exp", now - hour).sign(own),
            Self::ExpMissing => jwt.without_claim("exp").sign(own),
            Self::IatAhead => jwt.claim("iat", now + hour).sign(own),
            Self::IatMissing => jwt.without_claim("iat").sign(own),
            Self::NonceOther => jwt.claim("nonce", "another").sign(own),
            Self::NonceMissing => jwt.without_claim("nonce").sign(own),
            Self::AtHashOther => jwt.claim("at_hash", "77QmUPtjPfzWtF2AnpK9RQ").sign(own),
            Self::AuthTimeOld => jwt.claim("auth_time", now - hour).sign(own),
            Self::AuthTimeMissing => jwt.without_claim("auth_time").sign(own),
            Self::AuthTimeAhead => jwt.claim("auth_time", now + hour).sign(own),
            Self::LevelLow => {
                let level = "helseid://claims/identity/security_level";
                jwt.claim("acr", "Level3").claim(level, "3").sign(own)
            }
            Self::IdpOther => jwt.claim("idp", "another-idp").sign(own),
            Self::AcrOther => jwt.claim("acr", "another").sign(own),
            Self::PersonOther => jwt.claim("sub", "somebody-else").sign(own),
            _ => jwt.sign(own),
        }
    }
}
