//! How pushed and posted requests are counted, and how large they may be.

use std::collections::HashSet;

use super::*;

#[test]
fn what_browsers_post_is_counted_apart_from_what_clients_push_and_in_all() {
    let ids = MacKey::new(&[7; 32]);
    let groups = |is_posted| {
        let of = |number: usize| {
            let request = StoredRequest {
                login_id: "a".to_owned(),
                client_id: ClientId::parse(&format!("client-{number}")).unwrap(),
                expires: 0,
                is_answered: false,
                is_posted,
                request: None,
            };
            let references = (0..200).map(|number| format!("reference {number}"));
            let groups = references.map(|reference| request.group(&ids, &reference, GROUPS));
            groups.collect::<HashSet<_>>()
        };
        (0..40).map(of).collect::<Vec<_>>()
    };
    let (posted, pushed) = (groups(true), groups(false));
    assert!(posted.iter().all(|groups| groups.len() <= usize::from(POSTED_GROUPS)));
    assert!(pushed.iter().all(|groups| groups.len() <= usize::from(GROUPS)));
    let all = |groups: Vec<HashSet<Group>>| groups.into_iter().flatten().collect::<HashSet<_>>();
    let (posted, pushed) = (all(posted), all(pushed));
    assert!(posted.is_disjoint(&pushed));
    let shares = usize::from(POSTED_GROUPS) * usize::from(POSTED_SHARES);
    assert_eq!(posted.len(), shares, "however many clients are named");
}

#[test]
fn however_many_clients_push_they_have_equal_shares_of_one_bound() {
    assert_eq!([share_of(0), share_of(1), share_of(8), share_of(9)], [GROUPS, GROUPS, GROUPS, 56]);
    for clients in 1..=ALL_GROUPS {
        assert!(clients * usize::from(share_of(clients)) <= ALL_GROUPS, "{clients}");
    }
    assert_eq!([share_of(ALL_GROUPS), share_of(ALL_GROUPS + 1), share_of(100_000)], [1; 3]);
    let (ids, clients) = (MacKey::new(&[7; 32]), 100);
    let of = |number: usize| {
        let request = StoredRequest {
            login_id: "a".to_owned(),
            client_id: ClientId::parse(&format!("client-{number}")).unwrap(),
            expires: 0,
            is_answered: false,
            is_posted: false,
            request: None,
        };
        let references = (0..200).map(|number| format!("reference {number}"));
        let groups = references.map(|reference| request.group(&ids, &reference, share_of(clients)));
        groups.collect::<HashSet<_>>()
    };
    let all: Vec<_> = (0..clients).flat_map(of).collect();
    let different: HashSet<_> = all.iter().copied().collect();
    assert_eq!(all.len(), different.len(), "nobody drops what another has pushed");
    assert!(all.len() <= ALL_GROUPS);
}

#[test]
fn a_posted_request_is_small() {
    let request = |is_posted, length| StoredRequest {
        login_id: "a".repeat(length),
        client_id: ClientId::parse("the-client").unwrap(),
        expires: 0,
        is_answered: false,
        is_posted,
        request: None,
    };
    assert!(request(true, MAX_POSTED_BYTES).value().is_err());
    assert!(request(false, MAX_POSTED_BYTES).value().is_ok());
    assert!(request(true, MAX_POSTED_BYTES / 2).value().is_ok());
}
