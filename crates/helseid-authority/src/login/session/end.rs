//! Sessions remember the clients that they logged in to, and tell whom to tell when they end.

use ::http::HeaderMap;
use helseid_protocol::id::ClientId;

use super::data::{ClientLogin, EndedLogin, Replaced, SessionData};
use super::login_session::LoginSession;
use super::sessions::{LoginSessions, TRIES};
use crate::storage::registry::{Applied, StoreError};
use crate::storage::sessions::{Ending, SessionId};

impl LoginSessions {
    /// Notes that a session logged in to this client, which is told when the session ends. A conflict if it has ended.
    ///
    /// `headers` are those of the request that the session was found by or begun at; the cookie in them finds it again where
    /// another request has changed it meanwhile.
    pub(crate) async fn add_client(
        &self,
        session: &mut LoginSession,
        client: &ClientId,
        headers: &HeaderMap,
    ) -> Result<Applied, StoreError> {
        let login = ClientLogin { client: client.clone(), sid: session.id().clone() };
        if session.data.clients.contains(&login) {
            return Ok(Applied::Done);
        }
        for _ in 0..TRIES {
            session.data.add_client(login.clone());
            if self.update(session).await? == Applied::Done {
                return Ok(Applied::Done);
            }
            let policy = self.cookie();
            let Some(secret) = policy.only_value(headers) else { break };
            match self.read(secret).await?.filter(|found| found.id() == session.id()) {
                Some(changed) => *session = changed,
                None => break,
            }
        }
        Ok(Applied::Conflict)
    }

    /// Ends a session, those that it replaced, and the refresh tokens of all of them. Gives the clients to tell.
    pub(crate) async fn end(&self, session: LoginSession) -> Result<Vec<EndedLogin>, StoreError> {
        let now = self.clock.now();
        let mut subjects = vec![(session.id().clone(), session.subject().clone())];
        for Replaced(id) in &session.data.replaced {
            // One that cannot be read ends all the same.
            if let Ok(Some(replaced)) = self.store.look_up_session(id).await {
                subjects.push((replaced.id, replaced.subject));
            }
            self.store.end(Ending::Session(id), now).await?;
        }
        self.store.end(Ending::Session(session.id()), now).await?;
        let subject_of =
            |sid: &SessionId| subjects.iter().find(|(own, _)| own == sid).map(|(_, subject)| subject.clone());
        let ended = session.data.clients.into_iter().map(|ClientLogin { client, sid }| EndedLogin {
            subject: subject_of(&sid),
            client,
            sid,
        });
        Ok(ended.collect())
    }

    /// Ends the session of this `sid` as [`LoginSessions::end`] does, whether a browser still has it, or had it ever. That the
    /// caller may end it is for the caller to know.
    pub(crate) async fn end_named(&self, sid: &str) -> Result<Vec<EndedLogin>, StoreError> {
        let Ok(id) = sid.parse::<SessionId>() else { return Ok(Vec::new()) };
        let found = self.store.look_up_session(&id).await?;
        let found = found.and_then(|stored| Some((SessionData::read(&stored.data)?, stored)));
        match found {
            Some((data, stored)) => self.end(LoginSession { stored, data, is_stored: true }).await,
            // Its refresh tokens may be there longer than what it holds.
            None => self.store.end(Ending::Session(&id), self.clock.now()).await.map(|()| Vec::new()),
        }
    }
}
