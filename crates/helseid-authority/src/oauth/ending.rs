//! Logins are ended by an administrator: a session, all of a person, or what a client was given.

use helseid_protocol::id::ClientId;
use helseid_protocol::person::{self, PersonNumber};

use super::back_channel;
use super::state::{OAuthState, UserLogin};
use crate::storage::registry::StoreError;
use crate::storage::sessions::{Ending, Subject};

/// Ends a session with all that follows from it, and tells its clients. One that is not known is over already.
pub(crate) async fn end_session(
    (state, login): (&OAuthState, &UserLogin),
    sid: &str,
) -> Result<(), StoreError> {
    let ended = login.rooms.sessions.end_named(sid).await?;
    back_channel::tell(state, login, &ended);
    Ok(())
}

/// Ends every session of a person and all that follows from them, tells their clients, and lets no code of before give tokens.
pub(crate) async fn end_person(
    (state, login): (&OAuthState, &UserLogin),
    number: &PersonNumber,
) -> Result<(), StoreError> {
    let subject: Option<Subject> = person::Subject::of(number).as_str().parse().ok();
    let Some(subject) = subject else { return Ok(()) };
    login.sessions.count_ending_of(&subject, state.clock.now()).await?;
    loop {
        let sessions = login.sessions.sessions_of(&subject).await?;
        if sessions.is_empty() {
            break;
        }
        for session in sessions {
            end_session((state, login), session.as_str()).await?;
        }
    }
    login.sessions.end(Ending::Subject(&subject), state.clock.now()).await
}

/// Ends what a client was given, whoever logged in: its refresh tokens and codes. Sessions go on.
pub(crate) async fn end_client(
    (state, login): (&OAuthState, &UserLogin),
    client: &ClientId,
) -> Result<(), StoreError> {
    login.sessions.end(Ending::Client(client), state.clock.now()).await
}
