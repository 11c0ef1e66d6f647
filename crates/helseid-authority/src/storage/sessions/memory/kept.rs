//! What is kept, and how it changes. Whoever has it has it alone.

use std::collections::HashMap;

use helseid_protocol::bounded::Bounded;
use helseid_protocol::id::ClientId;
use helseid_protocol::time::Timestamp;

use super::super::family::{Standing, Tokens};
use super::super::{
    Data, Endings, Family, FamilyId, KnownFamily, NewFamily, Presented, Rotation, SecretHash, Session,
    SessionId, Subject,
};
use crate::storage::registry::Applied;

/// Sessions, families, and how often all logins of somebody were ended.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) sessions: HashMap<SessionId, KeptSession>,
    cookies: HashMap<SecretHash, SessionId>,
    families: HashMap<FamilyId, KeptFamily>,
    clients: HashMap<ClientId, Counted>,
    subjects: HashMap<Subject, Counted>,
    /// The data of all sessions and families, with what each takes besides.
    bytes: usize,
}

/// What a session or a family takes at most besides its data, in bytes, with its place in the tables.
pub(super) const EACH: usize = 1024;

/// What a successor takes, in bytes.
pub(super) const SUCCESSOR: usize = 128;

#[derive(Debug)]
pub(super) struct KeptSession {
    pub(super) session: Session,
    pub(super) has_ended: bool,
    /// That end with it.
    families: Vec<FamilyId>,
}

/// A family, or the tombstone of one that was never there.
#[derive(Debug)]
struct KeptFamily {
    family: Option<(Family, Tokens)>,
    has_ended: bool,
    expires: Timestamp,
}

impl KeptFamily {
    fn weight(&self) -> usize {
        let whole =
            |(family, tokens): &(Family, Tokens)| weight(&family.data).saturating_add(tokens_weight(tokens));
        self.family.as_ref().map_or(EACH, whole)
    }
}

fn tokens_weight(tokens: &Tokens) -> usize {
    SUCCESSOR.saturating_mul(tokens.successors.len())
}

pub(super) fn weight(data: &Data) -> usize {
    data.as_str().len().saturating_add(EACH)
}

/// So often, and when last.
#[derive(Debug, Default)]
struct Counted {
    times: i64,
    last: Option<Timestamp>,
}

impl Counted {
    fn count(&mut self, now: Timestamp) {
        (self.times, self.last) = (self.times.saturating_add(1), Some(now));
    }
}

impl Kept {
    /// What all take, in bytes.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn put_session(&mut self, session: &Session) -> Applied {
        if self.is_taken(session) {
            return Applied::Conflict;
        }
        self.add_session(session);
        Applied::Done
    }

    fn add_session(&mut self, session: &Session) {
        self.bytes = self.bytes.saturating_add(weight(&session.data));
        self.cookies.insert(session.cookie.clone(), session.id.clone());
        let kept = KeptSession { session: session.clone(), has_ended: false, families: Vec::new() };
        self.sessions.insert(session.id.clone(), kept);
    }

    fn is_taken(&self, session: &Session) -> bool {
        self.sessions.contains_key(&session.id) || self.cookies.contains_key(&session.cookie)
    }

    /// The session of this cookie, unless it was ended.
    pub(super) fn by_cookie(&self, cookie: &SecretHash) -> Option<&Session> {
        self.cookies.get(cookie).and_then(|id| self.session(id))
    }

    /// A session, unless it was ended.
    pub(super) fn session(&self, id: &SessionId) -> Option<&Session> {
        self.sessions.get(id).filter(|kept| !kept.has_ended).map(|kept| &kept.session)
    }

    /// Replaces what a session of this version holds.
    pub(super) fn update_session(&mut self, id: &SessionId, version: i64, data: &Data) -> Applied {
        let known = self.session_mut(id).filter(|session| session.version == version);
        let Some(session) = known else { return Applied::Conflict };
        let before = std::mem::replace(&mut session.data, data.clone());
        session.version = version.saturating_add(1);
        self.bytes = self.bytes.saturating_sub(weight(&before)).saturating_add(weight(data));
        Applied::Done
    }

    /// The same, to change it.
    pub(super) fn session_mut(&mut self, id: &SessionId) -> Option<&mut Session> {
        self.sessions.get_mut(id).filter(|kept| !kept.has_ended).map(|kept| &mut kept.session)
    }

    pub(super) fn endings(&self, client: &ClientId, subject: &Subject) -> Endings {
        let times = |counted: Option<&Counted>| counted.map_or(0, |counted| counted.times);
        Endings { client: times(self.clients.get(client)), subject: times(self.subjects.get(subject)) }
    }

    pub(super) fn create_family(&mut self, new: &NewFamily, now: Timestamp) -> Applied {
        let NewFamily { family, token, begins, granted_at } = new;
        let is_live = |session: Option<&Session>| session.is_some_and(|session| session.expires > now);
        let has_session = family.session.as_ref().is_none_or(|id| match begins {
            Some(begins) if begins.id == *id => is_live(Some(begins)),
            _ => is_live(self.session(id)),
        });
        if self.endings(&family.client, &family.subject) != *granted_at
            || self.families.contains_key(&family.id)
            || begins.as_ref().is_some_and(|session| self.is_taken(session))
            || !has_session
        {
            return Applied::Conflict;
        }
        if let Some(session) = begins {
            self.add_session(session);
        }
        if let Some(kept) = family.session.as_ref().and_then(|id| self.sessions.get_mut(id)) {
            kept.families.push(family.id.clone());
        }
        let tokens = Tokens { current: token.clone(), presented: None, successors: Bounded::default() };
        let kept =
            KeptFamily { expires: family.expires, family: Some((family.clone(), tokens)), has_ended: false };
        self.families.insert(family.id.clone(), kept);
        self.bytes = self.bytes.saturating_add(weight(&family.data));
        Applied::Done
    }

    /// The family that is presented, where it is this client's and has neither ended nor expired.
    fn live(&mut self, presented: &Presented<'_>) -> Option<&mut (Family, Tokens)> {
        let kept = self.families.get_mut(presented.family)?;
        let is_live = !kept.has_ended && kept.expires > presented.now;
        kept.family.as_mut().filter(|(family, _)| is_live && family.client == *presented.client)
    }

    pub(super) fn acceptable(&mut self, presented: &Presented<'_>) -> Option<Family> {
        let (family, tokens) = self.live(presented)?;
        let standing = tokens.standing(presented.token, presented.reuse, presented.now);
        (standing != Standing::Used).then(|| family.clone())
    }

    pub(super) fn rotate(&mut self, presented: &Presented<'_>, successor: Option<&SecretHash>) -> Rotation {
        let mut bytes = self.bytes;
        let Some((family, tokens)) = self.live(presented) else { return Rotation::Refused };
        bytes = bytes.saturating_sub(tokens_weight(tokens));
        match tokens.standing(presented.token, presented.reuse, presented.now) {
            Standing::Used => {
                self.end_family(presented.family);
                return Rotation::Reused;
            }
            Standing::Current if successor.is_some() && tokens.successors.is_full() => {
                return Rotation::TooMany;
            }
            Standing::Current => {
                tokens.presented.get_or_insert(presented.now);
            }
            Standing::Successor => {
                tokens.current = presented.token.clone();
                tokens.presented = Some(presented.now);
                tokens.successors = Bounded::default();
            }
        }
        let pushed = successor.map_or(Ok(()), |successor| tokens.successors.push(successor.clone()));
        bytes = bytes.saturating_add(tokens_weight(tokens));
        let rotation = pushed.map_or(Rotation::TooMany, |()| Rotation::Accepted(family.clone()));
        self.bytes = bytes;
        rotation
    }

    pub(super) fn known_family(&self, id: &FamilyId) -> Option<KnownFamily> {
        let KeptFamily { family, has_ended, .. } = self.families.get(id)?;
        family.as_ref().map(|(family, _)| KnownFamily { family: family.clone(), has_ended: *has_ended })
    }

    /// Leaves a tombstone where there is no family of this id, and ends one that there is.
    pub(super) fn bury_family(&mut self, id: &FamilyId, until: Timestamp) {
        let tombstone = || KeptFamily { family: None, has_ended: true, expires: until };
        if !self.families.contains_key(id) {
            self.families.insert(id.clone(), tombstone());
            self.bytes = self.bytes.saturating_add(EACH);
        }
        self.end_family(id);
    }

    fn end_family(&mut self, id: &FamilyId) {
        if let Some(kept) = self.families.get_mut(id) {
            kept.has_ended = true;
            if let Some((_, tokens)) = &mut kept.family {
                self.bytes = self.bytes.saturating_sub(tokens_weight(tokens));
                tokens.successors = Bounded::default();
            }
        }
    }

    pub(super) fn end_session(&mut self, id: &SessionId) {
        let Some(kept) = self.sessions.get_mut(id) else {
            // Its families may be there longer than it is.
            return self.end_families(|family| family.session.as_ref() == Some(id));
        };
        kept.has_ended = true;
        for family in std::mem::take(&mut kept.families) {
            self.end_family(&family);
        }
    }

    pub(super) fn end_client(&mut self, client: &ClientId, now: Timestamp) {
        self.clients.entry(client.clone()).or_default().count(now);
        self.end_families(|family| family.client == *client);
    }

    pub(super) fn end_subject(&mut self, subject: &Subject, now: Timestamp) {
        self.count_subject(subject, now);
        for id in self.sessions_of(subject, usize::MAX) {
            self.end_session(&id);
        }
        self.end_families(|family| family.subject == *subject);
    }

    pub(super) fn count_subject(&mut self, subject: &Subject, now: Timestamp) {
        self.subjects.entry(subject.clone()).or_default().count(now);
    }

    fn end_families(&mut self, is_meant: impl Fn(&Family) -> bool) {
        let meant = |kept: &KeptFamily| kept.family.as_ref().is_some_and(|(family, _)| is_meant(family));
        let ids: Vec<_> =
            self.families.iter().filter(|(_, kept)| meant(kept)).map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.end_family(&id);
        }
    }

    /// At most so many sessions of a person that were not ended.
    pub(super) fn sessions_of(&self, subject: &Subject, most: usize) -> Vec<SessionId> {
        let live = self.sessions.values().filter(|kept| !kept.has_ended && kept.session.subject == *subject);
        live.take(most).map(|kept| kept.session.id.clone()).collect()
    }

    /// Removes what expired, and what was counted, until this time.
    pub(super) fn trim(&mut self, until: Timestamp) {
        let Self { cookies, bytes, .. } = self;
        self.families.retain(|_, kept| {
            let stays = kept.expires > until;
            if !stays {
                *bytes = bytes.saturating_sub(kept.weight());
            }
            stays
        });
        self.sessions.retain(|_, kept| {
            let stays = kept.session.expires > until;
            if !stays {
                cookies.remove(&kept.session.cookie);
                *bytes = bytes.saturating_sub(weight(&kept.session.data));
            }
            stays
        });
        let is_counted = |counted: &mut Counted| counted.last.is_some_and(|last| last > until);
        self.clients.retain(|_, counted| is_counted(counted));
        self.subjects.retain(|_, counted| is_counted(counted));
    }
}
