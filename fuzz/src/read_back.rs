//! What a registry keeps of a registration, written and read as it does both: equal, or refused at the door.

use helseid_admin_api::{ApiResource, OrganisationEntry};
use helseid_protocol::bounded::Bounded;
use helseid_protocol::jose::{PublicJwk, VerifyKey};
use helseid_protocol::registration::check_key;
use helseid_protocol::rule::{Profile, Trail};
use helseid_protocol::scope::ScopeSet;
use serde_json::Value;

pub(crate) fn key(sent: &Value) {
    for profile in Profile::ALL {
        if let Ok(key) = check_key(sent, profile.switches(), &mut Trail::new()) {
            let read = PublicJwk::read(key.jwk().to_json().as_bytes()).expect("a registered key can be read");
            assert_eq!(&read, key.jwk());
            assert!(VerifyKey::new(read).is_ok());
        }
    }
}

pub(crate) fn scopes(scopes: &ScopeSet) {
    assert_eq!(ScopeSet::parse(&scopes.to_string()).as_ref(), Ok(scopes));
}

pub(crate) fn words<T, const MAX: usize>(words: &Bounded<T, MAX>)
where
    T: std::str::FromStr + std::fmt::Display + std::fmt::Debug + PartialEq,
{
    let text = words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let read = Bounded::<T, MAX>::of(text.split_whitespace().filter_map(|word| word.parse().ok()));
    assert_eq!(read.as_ref(), Ok(words));
}

pub(crate) fn api(api: &ApiResource) {
    scopes(&api.scopes);
    words(&api.claims);
    assert!(api.audience.as_str().parse().as_ref() == Ok(&api.audience));
}

pub(crate) fn organisation(entry: &OrganisationEntry) {
    words(&entry.children);
    assert!(entry.name.as_str().parse().as_ref() == Ok(&entry.name));
}

pub(crate) fn json<T>(entry: &T)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq,
{
    let written = serde_json::to_vec(entry).expect("what was read can be written");
    assert!(serde_json::from_slice::<T>(&written).is_ok_and(|read| read == *entry));
}
