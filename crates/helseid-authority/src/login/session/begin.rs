//! Sessions are begun, each in the place of the one that the browser had.

use ::http::{HeaderMap, HeaderValue};
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

    /// Begins a session that no browser has: its cookie is known to nobody.
    pub(crate) async fn sign_in_apart(&self, login: NewLogin) -> Result<LoginSession, StoreError> {
        self.begin(login, &base64url::encode(&bytes32(&*self.random)), None).await
    }

    async fn begin(
        &self,
        login: NewLogin,
        secret: &str,
        before: Option<&LoginSession>,
    ) -> Result<LoginSession, StoreError> {
        let now = self.clock.now();
        let lifetime = login.lifetime.unwrap_or(self.settings.lifetime).min(self.settings.lifetime);
        let mut data = SessionData {
            bound: String::new(),
            person: login.person,
            level: login.level,
            provider: login.provider,
            clients: before.map(|before| before.data.clients.clone()).unwrap_or_default(),
            replaced: before.map(|before| before.data.replaced.clone()).unwrap_or_default(),
            is_replaced: false,
        };
        if let Some(before) = before {
            if let Some(Replaced(oldest)) = data.replaced.first().filter(|_| data.replaced.is_full()).cloned()
            {
                self.store.end(Ending::Session(&oldest), now).await?;
                data.replaced.retain(|Replaced(id)| *id != oldest);
            }
            // There is room for one.
            let _ = data.replaced.push(Replaced(before.id().clone()));
        }
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
        match self.store.create_session(&stored).await? {
            Applied::Done => Ok(LoginSession { stored, data }),
            Applied::Conflict => Err(unreadable("its id is taken")),
        }
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
