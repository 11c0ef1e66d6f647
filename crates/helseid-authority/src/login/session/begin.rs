//! Sessions are begun, each in the place of the one that the browser had.

use std::time::Duration;

use ::http::{HeaderMap, HeaderValue};
use helseid_protocol::bounded::Bounded;
use helseid_protocol::jose::base64url;
use helseid_protocol::person;
use helseid_protocol::random::{bytes32, capital_hexadecimal};

use super::data::{Replaced, SessionData};
use super::login_session::{LoginSession, NewLogin};
use super::sessions::{LoginSessions, TRIES, unreadable};
use crate::storage::registry::{Applied, StoreError};
use crate::storage::sessions::{Data, Ending, SecretHash, Session};

impl LoginSessions {
    /// Begins a session for the browser that sent this, in the place of the one that it had. Gives the cookie, too.
    pub(crate) async fn sign_in(
        &self,
        login: NewLogin,
        headers: &HeaderMap,
    ) -> Result<(LoginSession, Option<HeaderValue>), StoreError> {
        let policy = self.cookie();
        let before = match policy.only_value(headers) {
            Some(secret) => self.read(secret).await?.map(|before| (before, secret)),
            None => None,
        };
        let secret = base64url::encode(&bytes32(&*self.random));
        let session = self.begin(login, &secret, before.as_ref().map(|(before, _)| before)).await?;
        if let Some((before, secret)) = before {
            self.replace(before, secret).await?;
        }
        let cookie = policy.set(&secret, session.stored.expires.since(session.stored.authenticated));
        Ok((session, cookie))
    }

    /// Begins a session that no browser has: its cookie is known to nobody. It is not stored: whoever stores its first tokens
    /// stores it with them, so that who asks for logins and redeems none leaves nothing behind.
    pub(crate) fn sign_in_apart(&self, login: NewLogin) -> Result<LoginSession, StoreError> {
        let data = data_of(&login);
        self.made(data, login.lifetime, &base64url::encode(&bytes32(&*self.random)))
    }

    async fn begin(
        &self,
        login: NewLogin,
        secret: &str,
        before: Option<&LoginSession>,
    ) -> Result<LoginSession, StoreError> {
        let now = self.clock.now();
        let mut data = data_of(&login);
        if let Some(before) = before {
            data.clients.clone_from(&before.data.clients);
            data.replaced.clone_from(&before.data.replaced);
            if let Some(Replaced(oldest)) = data.replaced.first().filter(|_| data.replaced.is_full()).cloned()
            {
                self.store.end(Ending::Session(&oldest), now).await?;
                data.replaced.retain(|Replaced(id)| *id != oldest);
            }
            // There is room for one.
            let _ = data.replaced.push(Replaced(before.id().clone()));
        }
        let mut session = self.made(data, login.lifetime, secret)?;
        match self.store.create_session(&session.stored).await? {
            Applied::Done => session.is_stored = true,
            Applied::Conflict => return Err(unreadable("its id is taken")),
        }
        Ok(session)
    }

    /// A session that is bound to this cookie, and not stored yet.
    fn made(
        &self,
        mut data: SessionData,
        lifetime: Option<Duration>,
        secret: &str,
    ) -> Result<LoginSession, StoreError> {
        let now = self.clock.now();
        let lifetime = lifetime.unwrap_or(self.settings.lifetime).min(self.settings.lifetime);
        let subject = person::Subject::of(&data.person.number);
        let mut stored = Session {
            id: capital_hexadecimal(&*self.random).parse().map_err(unreadable)?,
            cookie: SecretHash::of(secret),
            subject: subject.as_str().parse().map_err(unreadable)?,
            data: Data::new(String::new()).map_err(unreadable)?,
            authenticated: now,
            used: now,
            expires: now.plus(lifetime),
            version: 1,
        };
        data.bound = self.bound(&stored, &data, secret);
        stored.data = data.write().ok_or_else(|| unreadable("its data is too large"))?;
        Ok(LoginSession { stored, data, is_stored: false })
    }

    /// Lets the cookie of a session sign in nobody any more. Where that cannot be noted, the session is ended.
    async fn replace(&self, mut before: LoginSession, secret: &str) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            before.data.is_replaced = true;
            if self.update(&mut before).await? == Applied::Done {
                return Ok(());
            }
            match self.read(secret).await? {
                Some(changed) => before = changed,
                None => return Ok(()),
            }
        }
        self.store.end(Ending::Session(before.id()), self.clock.now()).await
    }
}

/// Of a login that no client knows of yet.
fn data_of(login: &NewLogin) -> SessionData {
    SessionData {
        bound: String::new(),
        person: login.person.clone(),
        level: login.level,
        provider: login.provider,
        clients: Bounded::default(),
        replaced: Bounded::default(),
        is_replaced: false,
    }
}
