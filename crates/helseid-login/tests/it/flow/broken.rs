//! Each rule of a login broken alone: the login ends with that rule, and nothing of the next step happens.

use helseid_login::flow::LoginErrorKind;
use helseid_login::test_util::Broken;
use helseid_protocol::rule::{Endpoint, Rule};
use serde_json::json;

use super::world::{World, demanding, subject};

#[tokio::test]
async fn what_breaks_nothing_logs_the_person_in() {
    let world = World::new();
    let person = world.log_in(&demanding()).await.unwrap();
    assert_eq!(*person.claims.subject(), subject());
    let asked = world.authority.asked();
    assert_eq!((asked.pushed, asked.codes, asked.userinfo), (1, 1, 1));
}

#[tokio::test]
async fn each_breach_ends_the_login_before_its_next_step() {
    for (broken, rule) in Broken::ALL {
        let world = World::new();
        world.authority.break_with(broken);
        let error = world.log_in(&demanding()).await.expect_err(rule.id());
        assert_eq!(error.rule(), Some(rule), "{broken:?}: {error}");
        let asked = world.authority.asked();
        assert_eq!(asked.codes, usize::from(!broken.is_in_the_callback()), "{broken:?}");
        assert_eq!(asked.userinfo, usize::from(rule == Rule::UserInfoSub), "{broken:?}");
        // The refresh token that came before the breach was found, nobody has any more.
        assert_eq!(asked.revoked, asked.codes, "{broken:?}");
        let text = format!("{error}");
        assert!(!text.contains("15849197352") && !text.contains("eyJ"), "{text}");
        // The same authority, once it answers rightly, logs the person in.
        world.authority.answer_rightly();
        world.log_in(&demanding()).await.unwrap();
    }
}

#[test]
fn every_rule_of_a_login_is_broken_somewhere_here() {
    // Where the others are broken: returned.rs, refresh.rs, logout.rs, and what leads to a path is the business of the web app.
    let elsewhere = [
        Rule::LoginBrowser,
        Rule::LoginOnce,
        Rule::LoginReturnTo,
        Rule::IdTokenRefreshed,
        Rule::FrontchannelIssSid,
    ];
    for rule in Rule::at(Endpoint::Login) {
        let is_here = Broken::ALL.iter().any(|(_, broken)| *broken == rule);
        let is_of_logout = rule.id().starts_with("logout_token.");
        assert!(is_here || is_of_logout || elsewhere.contains(&rule), "{}", rule.id());
    }
}

#[tokio::test]
async fn what_only_looks_broken_passes() {
    let world = World::new();
    // That an ID token may have the typ of an access token is not known of HelseID, and is a warning.
    world.authority.change_id_tokens(|jwt| jwt.header("typ", "at+jwt"));
    world.log_in(&demanding()).await.unwrap();
    world.authority.change_id_tokens(|jwt| jwt.without_header("typ"));
    world.log_in(&demanding()).await.unwrap();
    world.authority.change_id_tokens(|jwt| jwt.claim("aud", json!(["test-client"])));
    world.log_in(&demanding()).await.unwrap();
    world.authority.change_id_tokens(|jwt| jwt.claim("azp", "test-client"));
    world.log_in(&demanding()).await.unwrap();
    world.authority.change_id_tokens(|jwt| jwt.without_claim("at_hash"));
    world.log_in(&demanding()).await.unwrap();
    world.authority.change_id_tokens(|jwt| jwt.without_claim("sid").without_claim("amr"));
    world.log_in(&demanding()).await.unwrap();
}

#[tokio::test]
async fn what_was_not_demanded_is_not_held_against_the_person() {
    for broken in [Broken::AuthTimeOld, Broken::AuthTimeMissing, Broken::LevelLow, Broken::IdpOther] {
        let world = World::new();
        world.authority.break_with(broken);
        world.log_in(&Default::default()).await.unwrap_or_else(|error| panic!("{broken:?}: {error}"));
    }
}

#[tokio::test]
async fn an_error_in_the_callback_says_what_can_be_done_about_it() {
    use LoginErrorKind::{Denied, InteractionNeeded, LevelNotReached, Refused, Unavailable};
    for (code, kind) in [
        ("access_denied", Denied),
        ("login_required", InteractionNeeded),
        ("interaction_required", InteractionNeeded),
        ("unmet_authentication_requirements", LevelNotReached),
        ("temporarily_unavailable", Unavailable),
        ("invalid_scope", Refused),
    ] {
        let world = World::new();
        let pushed = world.login.begin(&demanding()).await.unwrap();
        let query = world.authority.cancel(&pushed.authorize, code);
        let error = world.come_back(&query, pushed).await.unwrap_err();
        assert_eq!((error.kind(), error.oauth().map(|error| &*error.code)), (kind, Some(code)));
        assert_eq!(world.authority.asked().codes, 0);
    }
}
