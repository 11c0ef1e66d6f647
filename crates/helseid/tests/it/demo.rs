use crate::world::World;

#[test]
fn the_demo_tells_the_whole_story_and_leaves_nothing_behind() {
    let world = World::new();
    let told = world.ok(&["demo"]);
    for part in [
        "A key pair is made",
        "The client is registered",
        "400 use_dpop_nonce",
        "200: a token, bound to the proof's key by cnf.jkt",
        "\"jkt\":",
        "with the token and a fresh proof: 200",
        "\"13109525611\"",
        "Johannes",
        "Sigrid",
        "Olav",
        "Oda",
        "Vegard",
        "Without a token: 401",
        "The same proof again: 401",
        "(rule dpop.jti_once)",
        "The bound token as Bearer: 401",
        "nothing is left behind",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert_eq!(told.matches("\"age\"").count(), 5);
    assert!(world.files().is_empty(), "{:?}", world.files());
    assert!(!told.contains("\"d\":"), "the private key was shown");
    let is_jwt = |word: &str| word.matches('.').count() == 2 && word.starts_with("eyJ");
    assert!(!told.split_whitespace().any(is_jwt), "a whole token was shown");
}

#[test]
fn the_demo_of_a_login_tells_who_logs_in_and_shows_no_number_and_no_token() {
    let world = World::new();
    let told = world.ok(&["demo", "--login"]);
    for part in [
        "The client pushes what it asks for",
        "the browser comes back at once",
        "The ID token holds: Kvart Grevling is logged in at security level 4",
        "with the token and a fresh proof: 200",
        "Johannes",
        "A refresh gives new tokens",
        "its refresh token is revoked",
        "invalid_grant",
        "nothing is left behind",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert!(world.files().is_empty(), "{:?}", world.files());
    let is_jwt = |word: &str| word.matches('.').count() == 2 && word.starts_with("eyJ");
    assert!(!told.split_whitespace().any(is_jwt), "a whole token was shown");
}
