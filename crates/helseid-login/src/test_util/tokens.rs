//! What the double signs.

use std::time::Duration;

use helseid_protocol::claims::name::ATTESTED_AT;
use helseid_protocol::details::Attestation;
use helseid_protocol::details::attestation::ATTESTATION_TYPE;
use helseid_protocol::endpoint::token::{LoginTokens, TokenGranted, TokenType};
use helseid_protocol::forge::{self, TokenFacts};
use helseid_protocol::id::{Audience, JwtId, KeyId, SessionId, Thumbprint};
use helseid_protocol::id_token::IdTokenRequest;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::logout::LogoutRequest;
use helseid_protocol::person::{LoggedIn, Login, Network};
use helseid_protocol::random::{Random as _, SystemRandom, hexadecimal};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::{AccessToken, IdToken, RefreshToken};
use helseid_protocol::time::{Clock as _, Timestamp};

use super::broken::Broken;
use super::provider::{Inner, State};

/// How long its access tokens and ID tokens are good.
const LIFETIME: Duration = Duration::from_secs(600);

/// How long its refresh tokens are good.
const REFRESH_LIFETIME: Duration = Duration::from_secs(8 * 3_600);

/// The keys of the double, all under one name: its own, one that it publishes before it and signs nothing with, and one that it
/// does not publish.
pub(super) struct Signers {
    pub(super) own: SigningKey,
    pub(super) decoy: SigningKey,
    pub(super) stranger: SigningKey,
}

/// The name of its key.
const KID: &str = "test-provider";

impl Signers {
    #[expect(clippy::expect_used, reason = "a key that was just made")]
    pub(super) fn new() -> Self {
        let key = || {
            let jwk = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, KeyId::parse(KID).ok());
            SigningKey::new(&jwk).expect("a key")
        };
        Self { own: key(), decoy: key(), stranger: key() }
    }
}

/// What tokens are issued for.
pub(super) struct IssuedFor<'a> {
    pub(super) scope: &'a ScopeSet,
    pub(super) resource: Option<&'a str>,
    /// None at a refresh.
    pub(super) nonce: Option<&'a str>,
    pub(super) bound_to: &'a Thumbprint,
    /// When the person authenticated.
    pub(super) authenticated: Timestamp,
    pub(super) session: &'a str,
    /// What the person attests, as it was sent.
    pub(super) attestation: Option<&'a Attestation>,
}

impl Inner {
    pub(super) fn login<'a>(&self, state: &State, issued: &IssuedFor<'a>) -> Login<'a> {
        Login {
            session: issued.session,
            authenticated: issued.authenticated,
            level: state.level,
            identity_provider: "testidp-oidc",
            methods: &["pwd"],
            network: Network::Internet,
        }
    }

    /// The tokens of an answer, the refresh token among them if `offline_access` was asked for.
    #[expect(clippy::expect_used, reason = "names of our own making")]
    pub(super) fn issue(&self, state: &State, issued: &IssuedFor<'_>) -> TokenGranted {
        let now = self.clock.now();
        let logged_in = LoggedIn { person: &state.person, login: self.login(state, issued) };
        let audience = issued.resource.unwrap_or("test-api");
        let facts = TokenFacts {
            issuer: &self.issuer,
            audience: &Audience::parse(audience).expect("an audience"),
            client_id: &self.client_id,
            scope: issued.scope,
            bound_to: Some(issued.bound_to),
            jwt_id: &JwtId::parse(&hexadecimal(&SystemRandom)).expect("an id"),
            now,
        };
        let access = forge::access_token(&self.signers.own, facts);
        let access = access.claim("sub", state.person.subject().as_str()).claim("sid", issued.session);
        let access = match issued.attestation {
            None => access,
            Some(attestation) => access
                .claim(ATTESTATION_TYPE, state.person.attested(attestation, |_| None))
                .claim(ATTESTED_AT, now.seconds()),
        };
        let access = match state.padding {
            0 => access,
            padding => access.claim("padding", "-".repeat(padding)),
        };
        let access_token = AccessToken::new(access.sign(&self.signers.own));
        let request = IdTokenRequest {
            issuer: &self.issuer,
            client_id: &self.client_id,
            logged_in,
            scopes: issued.scope,
            nonce: issued.nonce,
            access_token: Some(&access_token),
            algorithm: Algorithm::ES256,
            lifetime: LIFETIME,
            now,
        };
        let id_token = forge::id_token(&self.signers.own, request);
        let id_token = match state.broken {
            Some(Broken::IdTokenMissing) => None,
            Some(broken) => Some(broken.in_id_token((state.change)(id_token), &self.signers, now.seconds())),
            None => Some((state.change)(id_token).sign(&self.signers.own)),
        };
        let has_refresh = issued.scope.iter().any(|scope| scope.as_str() == "offline_access");
        let of_login = LoginTokens {
            id_token: id_token.map(IdToken::new),
            refresh_token: has_refresh.then(|| RefreshToken::new(hexadecimal(&SystemRandom))),
            refresh_expires_in: has_refresh.then_some(REFRESH_LIFETIME),
        };
        TokenGranted {
            access_token,
            token_type: TokenType::Dpop,
            expires_in: LIFETIME,
            scope: Some(issued.scope.clone()),
            rejected_scope: None,
            of_login,
            is_exchanged: false,
        }
    }

    /// A logout token for the session of this person.
    #[expect(clippy::expect_used, reason = "names of our own making")]
    pub(super) fn logout_token(&self, state: &State, session: &str) -> forge::Jwt {
        let request = LogoutRequest {
            issuer: &self.issuer,
            client_id: &self.client_id,
            subject: Some(&state.person.subject()),
            session_id: &SessionId::parse(session).expect("a session id"),
            jwt_id: &JwtId::parse(&hexadecimal(&SystemRandom)).expect("an id"),
            lifetime: Duration::from_secs(120),
            now: self.clock.now(),
        };
        forge::logout_token(&self.signers.own, request)
    }
}

/// 128 bits, as a text.
pub(super) fn random_text() -> String {
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes);
    format!("{:032x}", u128::from_be_bytes(bytes))
}
