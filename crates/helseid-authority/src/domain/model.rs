//! What the registry holds, as plain data.

use std::collections::BTreeMap;
use std::time::Duration;

use helseid_admin_api::{
    AccessKeyEntry, ApiClaim, Audiences, ClientIds, DisplayName, GrantTypes, KeyOrigin, LoginSettings,
    MAX_CLIENT_KEYS, OrganisationNumbers, RegisteredClient, RegisteredKey,
};
use helseid_protocol::assertion::ClientKey;
use helseid_protocol::bounded::Bounded;
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::{InvalidJwk, PublicJwk, VerifyKey, base64url, crypto};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Timestamp;
use serde_json::Value;

/// How long a token is good unless its client says otherwise: 600 s (HelseID: lifetimes).
pub(crate) const TOKEN_LIFETIME: Duration = Duration::from_secs(600);

/// A client's keys, in the order in which they came.
pub(crate) type ClientKeys = Bounded<Key, MAX_CLIENT_KEYS>;

/// The values that a client has of claims of APIs' own, by the claims' names.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "BTreeMap<String, ApiClaim>")]
pub(crate) struct ApiClaims(BTreeMap<String, ApiClaim>);

/// Too many claims, or one that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a client has at most 100 claims, each with a name of at most 600 bytes and a value of at most 4096")]
pub(crate) struct InvalidApiClaims;

/// A client as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Client {
    pub(crate) id: ClientId,
    pub(crate) name: DisplayName,
    pub(crate) tenancy: ClientTenancy,
    /// The organisation that owns it.
    pub(crate) org_parent: Option<OrganisationNumber>,
    pub(crate) org_children: OrganisationNumbers,
    pub(crate) scopes: ScopeSet,
    pub(crate) keys: ClientKeys,
    /// None is the authority's own.
    pub(crate) profile: Option<Profile>,
    pub(crate) token_lifetime: Duration,
    pub(crate) enabled: bool,
    /// Not while it is a draft.
    pub(crate) approved: bool,
    /// What it asked for itself and waits for.
    pub(crate) pending_scopes: ScopeSet,
    pub(crate) api_claims: ApiClaims,
    pub(crate) grant_types: GrantTypes,
    pub(crate) login: LoginSettings,
    /// The APIs that it is itself, whose tokens it may exchange.
    pub(crate) own_audiences: Audiences,
    /// The clients that may exchange its tokens.
    pub(crate) may_be_exchanged_by: ClientIds,
}

impl Client {
    /// An approved client of this name that may do nothing yet; everything else as it is unless given.
    pub(crate) fn new(id: ClientId, name: DisplayName) -> Self {
        Self {
            id,
            name,
            tenancy: ClientTenancy::None,
            org_parent: None,
            org_children: OrganisationNumbers::default(),
            scopes: ScopeSet::default(),
            keys: ClientKeys::default(),
            profile: None,
            token_lifetime: TOKEN_LIFETIME,
            enabled: true,
            approved: true,
            pending_scopes: ScopeSet::default(),
            api_claims: ApiClaims::default(),
            grant_types: GrantTypes::default(),
            login: LoginSettings::default(),
            own_audiences: Audiences::default(),
            may_be_exchanged_by: ClientIds::default(),
        }
    }
}

/// Whether a client may be let off what the profile demands of everyone: as HelseID's own clients may be.
pub(crate) const fn lets_clients_lift(profile: Profile) -> bool {
    matches!(profile, Profile::Helseid | Profile::Legacy)
}

/// A client's key as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    pub(crate) jwk: PublicJwk,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) origin: KeyOrigin,
}

/// A client with its keys parsed, as the token endpoint needs it.
#[derive(Debug)]
pub(crate) struct KnownClient {
    pub(crate) client: Client,
    pub(crate) keys: Vec<ClientKey>,
}

/// A signing key of ours, as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct StoredSigningKey {
    /// The private JWK. Secret.
    pub(crate) jwk: helseid_protocol::secret::PrivateKeyText,
    pub(crate) kid: String,
    pub(crate) created: Timestamp,
    /// From when on it signs; published it is at once.
    pub(crate) active_from: Timestamp,
    /// From when on it is among the expired keys.
    pub(crate) retires: Option<Timestamp>,
}

/// A key that opens a double of NHN's services, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccessKey {
    pub(crate) entry: AccessKeyEntry,
    /// Base64url of the key's SHA-256.
    pub(crate) hash: String,
}

impl ApiClaims {
    /// Each of them.
    pub(crate) const fn all(&self) -> &BTreeMap<String, ApiClaim> {
        &self.0
    }

    /// What each of them is after its client was approved.
    pub(crate) fn approve(&mut self) {
        for claim in self.0.values_mut() {
            claim.active = claim.pending.take().or_else(|| claim.active.take());
        }
    }
}

impl TryFrom<BTreeMap<String, ApiClaim>> for ApiClaims {
    type Error = InvalidApiClaims;

    fn try_from(claims: BTreeMap<String, ApiClaim>) -> Result<Self, InvalidApiClaims> {
        let short = |(name, claim): (&String, &ApiClaim)| {
            let mut values = claim.active.iter().chain(&claim.pending);
            name.len() <= 600 && values.all(|value| value.len() <= 4096)
        };
        if claims.len() <= 100 && claims.iter().all(short) { Ok(Self(claims)) } else { Err(InvalidApiClaims) }
    }
}

impl KnownClient {
    pub(crate) fn new(client: Client) -> Result<Self, InvalidJwk> {
        let parsed = |key: &Key| {
            VerifyKey::new(key.jwk.clone()).map(|parsed| ClientKey { key: parsed, expires: key.expires })
        };
        let keys = client.keys.iter().map(parsed).collect::<Result<_, _>>()?;
        Ok(Self { client, keys })
    }

    /// As the admin API shows it.
    pub(crate) fn shown(&self, managed_by_file: bool) -> RegisteredClient {
        RegisteredClient { managed_by_file, ..self.client.shown() }
    }
}

impl Client {
    /// What this state of it is called: a hash of all that is kept of it.
    pub(crate) fn version(&self) -> String {
        self.shown().version
    }

    fn shown(&self) -> RegisteredClient {
        let mut shown = self.without_version();
        #[expect(clippy::expect_used, reason = "texts, numbers and lists of them are JSON")]
        let all = serde_json::to_vec(&shown).expect("a client as JSON");
        shown.version = base64url::encode(&crypto::sha256(&all)[..16]);
        shown
    }

    fn without_version(&self) -> RegisteredClient {
        let key = |key: &Key| RegisteredKey {
            kid: key.jwk.key_id().map(ToString::to_string),
            kty: key.jwk.key_type().kty().to_owned(),
            alg: key.jwk.algorithm().map(|algorithm| algorithm.name().to_owned()),
            thumbprint: key.jwk.thumbprint().to_string(),
            expires: key.expires,
            origin: key.origin,
            jwk: Value::Object(key.jwk.members().clone()),
        };
        RegisteredClient {
            client_id: self.id.clone(),
            name: self.name.to_string(),
            scopes: self.scopes.clone(),
            keys: self.keys.iter().map(key).collect(),
            tenancy: self.tenancy,
            org_parent: self.org_parent.clone(),
            org_children: self.org_children.clone(),
            profile: self.profile,
            token_lifetime_seconds: u32::try_from(self.token_lifetime.as_secs()).unwrap_or(u32::MAX),
            enabled: self.enabled,
            approved: self.approved,
            pending_scopes: self.pending_scopes.clone(),
            api_claims: self.api_claims.all().clone(),
            grant_types: self.grant_types.clone(),
            login: self.login.clone(),
            own_audiences: self.own_audiences.clone(),
            may_be_exchanged_by: self.may_be_exchanged_by.clone(),
            managed_by_file: false,
            version: String::new(),
        }
    }
}
