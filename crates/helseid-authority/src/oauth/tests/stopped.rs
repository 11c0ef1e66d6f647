//! Requests that stop at every step in turn: killed there, or overtaken.

use ::http::HeaderValue;
use helseid_protocol::rule::Profile;
use helseid_protocol::secret::AuthorizationCode;

use super::gate::{Gate, Ran};
use super::login::Answered;
use super::world::World;
use crate::oauth::user::{CodeText, StoredCode};
use crate::storage::sessions::FamilyId;

/// Fewer steps are not all of them: a redemption asks the stores for its code, its session, its one use and its family.
const FEWEST: usize = 8;

async fn world(grace: u32) -> World {
    World::with_login(Profile::Helseid, grace).await
}

impl World {
    /// The family that a code was made for.
    async fn family_of(&self, code: &str) -> FamilyId {
        let replay = &self.state.replay;
        let key = CodeText::key(&replay.ids, &AuthorizationCode::new(code)).unwrap();
        let found = replay.store.get(key, self.now()).await.unwrap().unwrap();
        StoredCode::read(&found.value).unwrap().family().unwrap()
    }

    async fn is_live(&self, family: &FamilyId) -> bool {
        let known = self.sessions().look_up_family(family).await.unwrap();
        known.is_some_and(|known| !known.has_ended)
    }
}

/// Whoever has this refresh token has no login any more.
async fn has_ended(world: &World, answer: &Answered) {
    let refused = world.refresh(&world.state, &answer.text("refresh_token")).await;
    assert_eq!(refused.broken(), "refresh.revoked");
}

#[tokio::test]
async fn a_code_whose_redemption_is_killed_at_any_step_is_good_or_used_up_and_then_nothing_is_left() {
    let mut used_up = Vec::new();
    for step in 1.. {
        let world = world(60).await;
        let code = world.code().await;
        let (gate, family) = (Gate::at(step), world.family_of(&code).await);
        match gate.run(world.redeem(&world.gated(&gate), &code)).await {
            Ran::Done(answer) => {
                assert!(answer.is_granted(), "{answer:?}");
                assert!(step > FEWEST, "{step}");
                break;
            }
            Ran::Stopped(killed) => drop(killed),
        }
        let again = world.redeem(&world.state, &code).await;
        if again.is_granted() {
            let refreshed = world.refresh(&world.state, &again.text("refresh_token")).await;
            assert!(refreshed.is_granted(), "step {step}: {refreshed:?}");
        } else {
            assert_eq!(again.broken(), "code.once", "step {step}");
            assert!(!world.is_live(&family).await, "step {step}");
        }
        used_up.push(!again.is_granted());
    }
    // From some step on it is used up.
    assert!(used_up.is_sorted() && used_up.contains(&true) && used_up.contains(&false), "{used_up:?}");
}

/// A replay that comes between the claim of a code and its family ends the login as one that comes later does.
#[tokio::test]
async fn a_code_that_is_presented_again_at_any_step_of_its_redemption_leaves_no_login() {
    for step in 1.. {
        let world = world(60).await;
        let code = world.code().await;
        let (gate, family) = (Gate::at(step), world.family_of(&code).await);
        let gated = world.gated(&gate);
        let first = match gate.run(world.redeem(&gated, &code)).await {
            Ran::Done(_) => break,
            Ran::Stopped(first) => first,
        };
        let second = world.redeem(&world.state, &code).await;
        gate.open();
        let first = first.await;
        assert!(!(first.is_granted() && second.is_granted()), "step {step}");
        for answer in [first, second] {
            match answer.is_granted() {
                true => has_ended(&world, &answer).await,
                false => assert!(["code.once", "code.session"].contains(&&*answer.broken()), "{answer:?}"),
            }
        }
        assert!(!world.is_live(&family).await, "step {step}");
    }
}

#[tokio::test]
async fn a_refresh_token_whose_refresh_is_killed_at_any_step_is_good_within_its_grace() {
    for step in 1.. {
        let world = world(60).await;
        let token = world.refresh_token().await;
        let gate = Gate::at(step);
        match gate.run(world.refresh(&world.gated(&gate), &token)).await {
            Ran::Done(answer) => {
                assert!(answer.is_granted() && step > 4, "step {step}: {answer:?}");
                break;
            }
            Ran::Stopped(killed) => drop(killed),
        }
        let again = world.refresh(&world.state, &token).await;
        let next = world.refresh(&world.state, &again.text("refresh_token")).await;
        assert!(next.is_granted(), "step {step}: {next:?}");
    }
}

#[tokio::test]
async fn without_a_grace_a_refresh_token_is_good_until_the_step_that_stores_its_successor() {
    let mut used = Vec::new();
    for step in 1.. {
        let world = world(0).await;
        let token = world.refresh_token().await;
        let gate = Gate::at(step);
        match gate.run(world.refresh(&world.gated(&gate), &token)).await {
            Ran::Done(_) => break,
            Ran::Stopped(killed) => drop(killed),
        }
        let again = world.refresh(&world.state, &token).await;
        if !again.is_granted() {
            assert_eq!(again.broken(), "refresh.once", "step {step}");
        }
        used.push(!again.is_granted());
    }
    assert!(used.is_sorted() && used.contains(&true) && used.contains(&false), "{used:?}");
}

#[tokio::test]
async fn a_refresh_token_that_is_presented_again_at_any_step_has_two_successors_or_none() {
    for grace in [0, 60] {
        for step in 1.. {
            let world = world(grace).await;
            let token = world.refresh_token().await;
            let gate = Gate::at(step);
            let gated = world.gated(&gate);
            let first = match gate.run(world.refresh(&gated, &token)).await {
                Ran::Done(_) => break,
                Ran::Stopped(first) => first,
            };
            let second = world.refresh(&world.state, &token).await;
            gate.open();
            let both = [first.await, second];
            let granted: Vec<_> = both.iter().filter(|answer| answer.is_granted()).collect();
            match grace {
                0 => {
                    assert_eq!(granted.len(), 1, "step {step}: {both:?}");
                    has_ended(&world, granted[0]).await;
                }
                _ => {
                    assert_eq!(granted.len(), 2, "step {step}: {both:?}");
                    let used = world.refresh(&world.state, &granted[step % 2].text("refresh_token")).await;
                    let sibling = granted[(step + 1) % 2].text("refresh_token");
                    assert!(used.is_granted(), "step {step}: {used:?}");
                    assert_eq!(world.refresh(&world.state, &sibling).await.broken(), "refresh.once");
                    has_ended(&world, &used).await;
                }
            }
        }
    }
}

/// A browser whose session replaced another, and the tokens of both.
struct Browsing {
    cookie: HeaderValue,
    replaced: Answered,
    tokens: Answered,
}

impl World {
    async fn browsing(&self) -> Browsing {
        let first = self.sign_in(None).await;
        let code = self.code_of(self.asking_of_a_session(), Some(&first)).await;
        let replaced = self.redeem(&self.state, &code).await;
        let cookie = self.sign_in(Some(&first)).await;
        let code = self.code_of(self.asking_of_a_session(), Some(&cookie)).await;
        Browsing { cookie, replaced, tokens: self.redeem(&self.state, &code).await }
    }

    async fn has_logged_out(&self, browsing: &Browsing) {
        assert!(!self.is_signed_in(&browsing.cookie).await);
        has_ended(self, &browsing.replaced).await;
        has_ended(self, &browsing.tokens).await;
    }
}

#[tokio::test]
async fn a_logout_that_is_killed_at_any_step_ends_all_when_it_is_asked_for_again() {
    for step in 1.. {
        let world = world(60).await;
        let browsing = world.browsing().await;
        let (gate, hint) = (Gate::at(step), browsing.tokens.text("id_token"));
        match gate.run(world.log_out(&world.gated(&gate), &browsing.cookie, &hint)).await {
            Ran::Done(()) => {
                assert!(step > 6, "step {step}");
                world.has_logged_out(&browsing).await;
                break;
            }
            Ran::Stopped(killed) => drop(killed),
        }
        world.log_out(&world.state, &browsing.cookie, &hint).await;
        world.has_logged_out(&browsing).await;
    }
}

#[tokio::test]
async fn no_redemption_that_a_logout_overtakes_at_any_step_leaves_a_login() {
    for step in 1.. {
        let world = world(60).await;
        let browsing = world.browsing().await;
        let code = world.code_of(world.asking_of_a_session(), Some(&browsing.cookie)).await;
        let gate = Gate::at(step);
        let gated = world.gated(&gate);
        let overtaken = match gate.run(world.redeem(&gated, &code)).await {
            Ran::Done(_) => break,
            Ran::Stopped(overtaken) => overtaken,
        };
        world.log_out(&world.state, &browsing.cookie, &browsing.tokens.text("id_token")).await;
        gate.open();
        let answer = overtaken.await;
        match answer.is_granted() {
            true => has_ended(&world, &answer).await,
            false => assert_eq!(answer.broken(), "code.session", "step {step}"),
        }
        world.has_logged_out(&browsing).await;
    }
}

#[tokio::test]
async fn no_refresh_that_a_logout_overtakes_and_none_that_overtakes_a_logout_leaves_a_login() {
    for is_refresh_first in [true, false] {
        for step in 1.. {
            let world = world(60).await;
            let browsing = world.browsing().await;
            let (token, hint) = (browsing.tokens.text("refresh_token"), browsing.tokens.text("id_token"));
            let gate = Gate::at(step);
            let gated = world.gated(&gate);
            let refreshed = if is_refresh_first {
                let overtaken = match gate.run(world.refresh(&gated, &token)).await {
                    Ran::Done(_) => break,
                    Ran::Stopped(overtaken) => overtaken,
                };
                world.log_out(&world.state, &browsing.cookie, &hint).await;
                gate.open();
                overtaken.await
            } else {
                let overtaken = match gate.run(world.log_out(&gated, &browsing.cookie, &hint)).await {
                    Ran::Done(()) => break,
                    Ran::Stopped(overtaken) => overtaken,
                };
                let refreshed = world.refresh(&world.state, &token).await;
                gate.open();
                overtaken.await;
                refreshed
            };
            match refreshed.is_granted() {
                true => has_ended(&world, &refreshed).await,
                false => assert!(
                    ["refresh.once", "refresh.revoked"].contains(&&*refreshed.broken()),
                    "step {step}: {refreshed:?}"
                ),
            }
            world.has_logged_out(&browsing).await;
        }
    }
}
