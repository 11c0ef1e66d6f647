//! An authorization code as it is stored: what it was issued for, until it is redeemed or nobody may present it any more.

use std::time::Duration;

use helseid_protocol::authorize::CheckedRequest;
use helseid_protocol::endpoint::token::IssuedCode;
use helseid_protocol::id::{Audience, ClientId};
use helseid_protocol::pkce::CodeChallenge;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::login::GrantedLogin;
use crate::storage::ephemeral::{Entry, Group, Key, OneTimeUse, Value, Write};
use crate::storage::sessions::{Endings, FamilyId, Session};

/// How long a code is known after its end: whoever presents it then is told why it is refused, and a replay is noticed.
const KEPT: Duration = Duration::from_secs(300);

/// What a code was issued for.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredCode {
    pub(crate) client_id: ClientId,
    pub(crate) redirect_uri: String,
    pub(crate) code_challenge: CodeChallenge,
    pub(crate) nonce: Option<String>,
    pub(crate) dpop_jkt: Option<String>,
    pub(crate) expires: i64,
    family: String,
    pub(crate) login: GrantedLogin,
    /// The session, where it is to be stored with the first tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) begins: Option<Session>,
    pub(crate) granted_at: Endings,
}

/// What a login gives to the first tokens that follow from it.
pub(crate) struct Granting {
    pub(crate) login: GrantedLogin,
    /// The family of the tokens.
    pub(crate) family: FamilyId,
    /// The session, where it is to be stored with them.
    pub(crate) begins: Option<Session>,
    pub(crate) granted_at: Endings,
}

impl StoredCode {
    /// What a code of this request is issued for.
    pub(crate) fn new(request: &CheckedRequest, granting: Granting, expires: Timestamp) -> Self {
        let Granting { login, family, begins, granted_at } = granting;
        let ask = &request.ask;
        Self {
            client_id: request.client_id.clone(),
            redirect_uri: request.redirect_uri.to_string(),
            code_challenge: ask.code_challenge.clone(),
            nonce: ask.nonce.as_ref().map(|nonce| nonce.as_str().to_owned()),
            dpop_jkt: ask.dpop_jkt.as_ref().map(ToString::to_string),
            expires: expires.seconds(),
            family: family.as_str().to_owned(),
            login,
            begins,
            granted_at,
        }
    }

    /// The family of all tokens that will follow from the login, which is fixed before there is any: a replay ends it, whether
    /// it is there yet or not.
    pub(crate) fn family(&self) -> Option<FamilyId> {
        self.family.parse().ok()
    }

    /// As the rules of the code grant see it; `resources` are the APIs that were asked for.
    pub(crate) fn issued<'a>(&'a self, resources: &'a [Audience]) -> IssuedCode<'a> {
        IssuedCode {
            client_id: &self.client_id,
            redirect_uri: &self.redirect_uri,
            challenge: Some(&self.code_challenge),
            bound_to: self.dpop_jkt.as_deref(),
            resources,
            is_attested: self.login.is_attested(),
            expires: Timestamp::from_seconds(self.expires),
        }
    }

    /// Reads what is stored under a code; none if it was not written by this version.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        serde_json::from_slice(value.as_bytes()).ok()
    }

    /// Stores it under a code, counted with others of its session. It outlives the session, whose end a redemption asks for itself.
    pub(crate) fn write(&self, key: Key, group: Group) -> Option<Write> {
        let value = Value::new(serde_json::to_vec(self).ok()?).ok()?;
        Some(Write::if_absent(key, Entry { value, end: self.kept_until(), group: Some(group) }))
    }

    /// The one use of it.
    pub(crate) fn once(&self, key: Key) -> OneTimeUse {
        OneTimeUse { id: key.id(), end: self.kept_until() }
    }

    fn kept_until(&self) -> Timestamp {
        Timestamp::from_seconds(self.expires).plus(KEPT)
    }
}
