//! What a request uses up, by a line that claims a code and does nothing else.

use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use helseid_protocol::endpoint::ClientFormRules;
use helseid_protocol::grant::GrantType;
use helseid_protocol::rule::{Endpoint, Profile, ProofRequirement, Rule};

use super::{
    Answer, Line, Notes, Outcome, OwnClaim, OwnUse, ReadCall, Redeemed, Stop, at_once, authenticated, bound,
};
use crate::oauth::OAuthState;
use crate::oauth::binding::ProofPlace;
use crate::oauth::tests::world::{Sent, World};
use crate::registry::Snapshot;
use crate::storage::ephemeral::{Entry, Key, Namespace, OneTimeUse, Value, Write};
use crate::storage::registry::Applied;

struct CodeLine;

/// What became of the code.
struct Claimed(OwnClaim);

impl Line for CodeLine {
    type Granted = Claimed;
    const NAME: &'static str = "code endpoint";
    const ENDPOINT: Endpoint = Endpoint::Token(GrantType::AuthorizationCode);
    const FORM: ClientFormRules = ClientFormRules::TOKEN;

    async fn granted(
        state: &OAuthState,
        registry: &Snapshot,
        call: ReadCall<'_>,
        notes: &mut Notes,
    ) -> Result<Claimed, Stop> {
        let client = authenticated(state, registry, call, notes)?;
        let trail = &mut notes.trail;
        at_once(state, &client, call.when, trail).await?;
        let place =
            ProofPlace { targets: &state.issuer.token_targets, requirement: ProofRequirement::WithNonce };
        let binding = bound(state, &client, (call, place), trail).await?;
        let own = call.form.parameters().value("code").map(|code| own_use(state, call, code));
        let redeemed = Redeemed { client: &client, proof: binding.proof.as_ref(), request_object: None, own };
        redeemed.claim(state, call.when, trail).await.map(Claimed)
    }
}

impl Answer for Claimed {
    fn scope(&self) -> Option<String> {
        None
    }

    fn into_response(self) -> Response {
        ().into_response()
    }
}

fn entry(state: &OAuthState, code: &str) -> Key {
    Key::new(&state.replay.ids, Namespace::AuthorizationCode, &[code.as_bytes()])
}

fn own_use(state: &OAuthState, call: ReadCall<'_>, code: &str) -> OwnUse {
    let entry = entry(state, code);
    OwnUse { entry, once: OneTimeUse { id: entry.id(), end: call.when.real.plus(Duration::from_secs(60)) } }
}

impl World {
    async fn put(&self, code: &str) {
        let end = self.now().plus(Duration::from_secs(60));
        let put = Write::put(entry(&self.state, code), Entry { value: Value::marker(), end, group: None });
        assert_eq!(self.state.replay.store.write(put, self.now()).await, Ok(Applied::Done));
    }

    async fn claim(&self, sent: &Sent) -> OwnClaim {
        match self.post::<CodeLine>(sent).await.0 {
            Outcome::Granted(Claimed(claimed)) => claimed,
            Outcome::Refused(fault) | Outcome::NonceWanted(fault, _) => panic!("{fault}"),
            Outcome::Unavailable(why) => panic!("{why}"),
            Outcome::TooMany => panic!("too many"),
        }
    }

    fn with_code(&self) -> Sent {
        self.sent().with("code", "code")
    }
}

#[tokio::test]
async fn what_a_request_has_of_its_own_is_claimed_with_the_rest_or_nothing_is() {
    let world = World::new(Profile::Helseid);
    let first = world.with_code();
    assert_eq!(world.claim(&first).await, OwnClaim::Absent);
    world.put("code").await;
    assert_eq!(world.claim(&first).await, OwnClaim::First);
    let second = world.with_code();
    assert_eq!(world.claim(&second).await, OwnClaim::Again);
    // Its assertion and proof are not used up by that.
    let other = Sent { form: Vec::new(), ..second.clone() };
    assert_eq!(world.claim(&other).await, OwnClaim::First);
    for (again, rule) in [
        (Sent { proof: Some(world.proof(true)), ..second.clone() }, Rule::AssertionJtiOnce),
        (Sent { assertion: world.assertion(None).sign(&world.key), ..second }, Rule::DpopJtiOnce),
    ] {
        match world.post::<CodeLine>(&again).await.0 {
            Outcome::Refused(fault) => assert_eq!(fault.rule(), rule),
            _ => panic!("expected {}", rule.id()),
        }
    }
}

#[tokio::test]
async fn a_request_that_is_sent_back_for_a_nonce_uses_no_code_up() {
    for profile in Profile::ALL {
        let world = World::new(profile);
        world.put("code").await;
        let without = Sent { proof: Some(world.proof(false)), ..world.with_code() };
        assert!(matches!(world.post::<CodeLine>(&without).await.0, Outcome::NonceWanted(..)), "{profile}");
        assert_eq!(world.claim(&world.with_code()).await, OwnClaim::First, "{profile}");
        assert_eq!(world.claim(&world.with_code()).await, OwnClaim::Again, "{profile}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_requests_with_one_code_at_once_one_claims_it() {
    let world = Arc::new(World::new(Profile::Helseid));
    world.put("code").await;
    let requests: Vec<_> = (0..50)
        .map(|_| {
            let (world, sent) = (world.clone(), world.with_code());
            tokio::spawn(async move { world.claim(&sent).await })
        })
        .collect();
    let mut first = 0;
    for request in requests {
        match request.await.unwrap() {
            OwnClaim::First => first += 1,
            OwnClaim::Again => {}
            OwnClaim::Absent => panic!("the code is there"),
        }
    }
    assert_eq!(first, 1);
}
