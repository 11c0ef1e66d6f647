//! Tokens by which a person attests.

use helseid_protocol::details::Attestation;
use helseid_protocol::details::attestation::{ATTESTATION_TYPE, Coded, Identified, Purpose};
use helseid_protocol::jose::jws::Unverified;
use proptest::prelude::*;

use super::*;

fn attestation(decision: &str) -> Attestation {
    let place = Identified::organisation(&OrganisationNumber::parse("994598759").unwrap());
    let service = Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");
    Attestation::new(place.clone(), place, service, Purpose::Treatment).by_decision(decision, true)
}

/// Whether a token says that the person attests.
fn attests(token: &str) -> bool {
    Unverified::parse(token, 20_000).unwrap().unverified_claims().contains_key(ATTESTATION_TYPE)
}

fn kept(session: &Session) -> Vec<String> {
    session.record().access.iter().map(|token| token.grant.token.expose().to_owned()).collect()
}

#[tokio::test]
async fn equal_attestations_for_two_patients_are_two_requests_and_two_tokens() {
    let world = World::new();
    let session = world.begin().await;
    let wanted = Wanted::default();
    let one = world.sessions().attested(&session, &wanted, &attestation("d")).await.unwrap();
    let two = world.other().attested(&session, &wanted, &attestation("d")).await.unwrap();
    let [one, two] = [one, two].map(|granted| granted.token.token.expose().to_owned());
    assert!(one != two && attests(&one) && attests(&two));
    assert_eq!(world.authority.asked().refreshes, 2);
    let plain = world.sessions().token(&session, &wanted).await.unwrap();
    assert!(!attests(plain.token.token.expose()), "a token without is the session's");
}

#[tokio::test]
async fn a_refused_attestation_leaves_the_session_as_it_was() {
    let world = World::new();
    let session = world.begin().await;
    world.authority.refuse_next("invalid_authorization_details");
    let refused = world.sessions().attested(&session, &Wanted::default(), &attestation("d")).await;
    assert!(matches!(refused, Err(SessionError::Login(_))), "{refused:?}");
    assert!(world.lives(&session).await);
    world.sessions().attested(&session, &Wanted::default(), &attestation("d")).await.unwrap();
}

#[tokio::test]
async fn nobody_attests_once_the_session_or_its_login_has_ended_or_for_a_foreign_organisation() {
    let world = World::new();
    let session = world.begin().await;
    let foreign = Wanted { organisation: Some(clinic("999977779")), api: None };
    let refused = world.sessions().attested(&session, &foreign, &attestation("d")).await;
    assert!(matches!(refused, Err(SessionError::OrganisationRefused)));
    assert_eq!(world.authority.asked().refreshes, 0);
    world.authority.refuse_next("invalid_grant");
    let ended = world.sessions().attested(&session, &Wanted::default(), &attestation("d")).await;
    assert!(matches!(ended, Err(SessionError::Ended)));
    assert!(!world.lives(&session).await);
    let again = world.other().attested(&session, &Wanted::default(), &attestation("d")).await;
    assert!(matches!(again, Err(SessionError::Ended)));
    assert_eq!(world.authority.asked().refreshes, 1);
}

#[tokio::test]
async fn many_who_attest_at_once_at_two_replicas_each_have_a_token_of_their_own() {
    let world = World::new();
    let session = world.begin().await;
    let mut asked = tokio::task::JoinSet::new();
    for place in 0..6_usize {
        let (sessions, session) = (world.replicas[place % 2].clone(), session.clone());
        asked.spawn(async move { sessions.attested(&session, &Wanted::default(), &attestation("d")).await });
    }
    let granted = asked.join_all().await;
    let tokens: std::collections::BTreeSet<_> =
        granted.iter().map(|granted| granted.as_ref().unwrap().token.token.expose().to_owned()).collect();
    assert_eq!((tokens.len(), world.authority.asked().refreshes), (6, 6));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever is asked for in whatever order, at whatever replica: a token by which somebody attests is in no session, and nobody
    /// else is given it.
    #[test]
    fn attested_tokens_are_not_kept(steps in prop::collection::vec((0..4_u8, any::<bool>()), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let session = world.begin().await;
            let (mut attested, mut plain) = (Vec::new(), Vec::new());
            for (step, at_other) in steps {
                let sessions = if at_other { world.other() } else { world.sessions() };
                let own = Wanted { organisation: Some(clinic("999977777")), api: None };
                match step {
                    0 | 1 => {
                        let wanted = if step == 0 { Wanted::default() } else { own };
                        let granted = sessions.attested(&session, &wanted, &attestation("d")).await.unwrap();
                        attested.push(granted.token.token.expose().to_owned());
                    }
                    2 => {
                        let granted = sessions.token(&session, &own).await.unwrap();
                        plain.push(granted.token.token.expose().to_owned());
                    }
                    _ => world.clock.forward(Duration::from_secs(590)),
                }
                let now = world.opened(&session).await.expect("a session");
                for token in kept(&now).iter().chain(&plain) {
                    assert!(!attested.contains(token) && !attests(token));
                }
            }
            let each: std::collections::BTreeSet<_> = attested.iter().collect();
            assert_eq!(each.len(), attested.len());
            assert!(attested.iter().all(|token| attests(token)));
        });
    }
}
