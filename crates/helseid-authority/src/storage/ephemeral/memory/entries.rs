//! Entries in memory.

use std::collections::HashMap;

use helseid_protocol::time::Timestamp;

use super::super::entry::{Condition, Version, WhenFull};
use super::super::{Entry, Found, Group, Key, Unavailable, Value, Write};
use crate::storage::registry::Applied;

/// The most entries and groups together.
const MAX_ENTRIES: usize = 4_000_000;

/// The most bytes of all values together.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// The most bytes of them that begun logins may have: what is half of the room stays for codes, sessions and the rest.
const MAX_BEGUN_BYTES: usize = MAX_BYTES / 2;

/// So many entries and groups are there before expired ones are looked for.
const FEW: usize = 1024;

/// Entries by their keys, and the members of groups.
#[derive(Default)]
pub(super) struct Entries {
    slots: HashMap<Key, Slot>,
    groups: HashMap<Group, Members>,
    bytes: usize,
    /// Those of begun logins.
    begun: usize,
    writes: u64,
    sweep_at: usize,
    swept: Option<Timestamp>,
}

struct Slot {
    value: Value,
    end: Timestamp,
    version: u64,
    group: Option<Group>,
}

#[derive(Default)]
struct Members {
    /// Every entry of the group, and some that have ended, were taken, or are of another group by now.
    keys: Vec<Key>,
    /// When the last of them ends.
    end: Option<Timestamp>,
    /// Until when nobody may add to it.
    closed_until: Option<Timestamp>,
}

impl Slot {
    fn is_member(&self, group: Group, now: Timestamp) -> bool {
        self.group == Some(group) && self.end > now
    }
}

impl Entries {
    pub(super) fn contains(&self, key: Key, now: Timestamp) -> bool {
        self.live(key, now).is_some()
    }

    pub(super) fn get(&self, key: Key, now: Timestamp) -> Option<Found> {
        self.live(key, now).map(|slot| Found { value: slot.value.clone(), version: version(slot.version) })
    }

    pub(super) fn take(&mut self, key: Key, now: Timestamp) -> Option<Value> {
        self.remove(key).filter(|slot| slot.end > now).map(|slot| slot.value)
    }

    pub(super) fn write(&mut self, write: Write, now: Timestamp) -> Result<Applied, Unavailable> {
        let Write { key, entry, condition, when_full } = write;
        let there = self.live(key, now).map(|slot| version(slot.version));
        let holds = match condition {
            Condition::Always => true,
            Condition::IfAbsent => there.is_none(),
            Condition::IfUnchanged(expected) => there == Some(expected),
        };
        if !holds || entry.group.is_some_and(|group| self.is_closed(group, now)) {
            return Ok(Applied::Conflict);
        }
        self.make_room(Some(key), entry.value.as_bytes().len(), now)?;
        if let Some(group) = entry.group {
            self.join(group, (key, entry.end), when_full, now)?;
        }
        self.remove(key);
        self.writes += 1;
        self.begun += if key.is_of_a_begun_login() { entry.value.as_bytes().len() } else { 0 };
        self.bytes += entry.value.as_bytes().len();
        let Entry { value, end, group } = entry;
        self.slots.insert(key, Slot { value, end, version: self.writes, group });
        Ok(Applied::Done)
    }

    pub(super) fn list(&self, group: Group, now: Timestamp) -> Vec<(Key, Value)> {
        let keys = self.groups.get(&group).map(|members| members.keys.as_slice()).unwrap_or_default();
        let members = keys.iter().filter_map(|key| Some((*key, self.slots.get(key)?)));
        let members = members.filter(|(_, slot)| slot.is_member(group, now));
        members.map(|(key, slot)| (key, slot.value.clone())).collect()
    }

    pub(super) fn end_group(
        &mut self,
        group: Group,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        if !self.groups.contains_key(&group) {
            self.make_room(None, 0, now)?;
        }
        let members = self.groups.entry(group).or_default();
        members.closed_until = members.closed_until.max(Some(until));
        members.end = members.end.max(Some(until));
        for key in std::mem::take(&mut members.keys) {
            if self.slots.get(&key).is_some_and(|slot| slot.group == Some(group)) {
                self.remove(key);
            }
        }
        Ok(())
    }

    fn live(&self, key: Key, now: Timestamp) -> Option<&Slot> {
        self.slots.get(&key).filter(|slot| slot.end > now)
    }

    fn remove(&mut self, key: Key) -> Option<Slot> {
        let removed = self.slots.remove(&key);
        let bytes = removed.as_ref().map_or(0, |slot| slot.value.as_bytes().len());
        self.bytes -= bytes;
        self.begun -= if key.is_of_a_begun_login() { bytes } else { 0 };
        removed
    }

    fn is_closed(&self, group: Group, now: Timestamp) -> bool {
        let until = self.groups.get(&group).and_then(|members| members.closed_until);
        until.is_some_and(|until| until > now)
    }

    fn join(
        &mut self,
        group: Group,
        (key, end): (Key, Timestamp),
        when_full: WhenFull,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let mut dropped = None;
        let members = self.groups.entry(group).or_default();
        if !members.keys.contains(&key) {
            if members.keys.len() >= Group::MAX_ENTRIES {
                let slots = &self.slots;
                members.keys.retain(|key| slots.get(key).is_some_and(|slot| slot.is_member(group, now)));
            }
            if members.keys.len() >= Group::MAX_ENTRIES {
                if when_full == WhenFull::Refuse {
                    return Err(Unavailable::Full);
                }
                let slots = &self.slots;
                let first = members.keys.iter().min_by_key(|key| slots.get(key).map(|slot| slot.end));
                dropped = first.copied();
                members.keys.retain(|key| Some(*key) != dropped);
            }
            members.keys.push(key);
        }
        members.end = members.end.max(Some(end));
        dropped.and_then(|key| self.remove(key));
        Ok(())
    }

    /// Drops expired entries and groups each time that their number has doubled, and when there is no room, though then at most once
    /// a second.
    fn make_room(&mut self, key: Option<Key>, bytes: usize, now: Timestamp) -> Result<(), Unavailable> {
        let begins = key.is_some_and(Key::is_of_a_begun_login);
        let is_full = |this: &Self| {
            let begun = if begins { this.begun + bytes } else { 0 };
            this.len() >= MAX_ENTRIES || this.bytes + bytes > MAX_BYTES || begun > MAX_BEGUN_BYTES
        };
        let is_due = self.len() >= self.sweep_at.max(FEW);
        if is_due || (is_full(self) && self.swept != Some(now)) {
            self.sweep(now);
        }
        if is_full(self) { Err(Unavailable::Full) } else { Ok(()) }
    }

    fn sweep(&mut self, now: Timestamp) {
        self.slots.retain(|_, slot| slot.end > now);
        self.groups.retain(|_, members| members.end > Some(now));
        (self.bytes, self.begun) = (0, 0);
        for (key, slot) in &self.slots {
            let bytes = slot.value.as_bytes().len();
            self.bytes += bytes;
            self.begun += if key.is_of_a_begun_login() { bytes } else { 0 };
        }
        self.sweep_at = self.len() * 2;
        self.swept = Some(now);
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() + self.groups.len()
    }
}

fn version(number: u64) -> Version {
    let mut bytes = [0; 12];
    let (_, low) = bytes.split_at_mut(4);
    low.copy_from_slice(&number.to_be_bytes());
    Version(bytes)
}
