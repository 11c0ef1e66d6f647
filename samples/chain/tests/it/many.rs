//! Many persons at once, whose tokens expire meanwhile.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use helseid_test_services::rounds;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::world::World;

/// How many persons are logged in.
const PERSONS: usize = 50;

/// How many calls are under way at once.
const AT_ONCE: usize = 64;

/// The calls of one round; `HELSEID_TEST_ROUNDS=10` makes ten thousand, which are the most.
const CALLS: usize = 1_000;

const GIVEN: [&str; 10] = ["Ask", "Bo", "Dag", "Eli", "Fredrik", "Gro", "Hanna", "Ida", "Jon", "Kari"];
const FAMILY: [&str; 5] = ["Alm", "Bakke", "Dahl", "Eng", "Foss"];

/// A synthetic number, born in January 1990: 80 is added to the month.
fn number(person: usize) -> String {
    let day = 1 + person % 28;
    // Individual numbers from 500 on would be of another century.
    (100 + person * 7..500)
        .find_map(|individual| with_check_digits(&format!("{day:02}8190{individual:03}")))
        .unwrap()
}

/// The two last digits, by the sums modulo 11 of national identity numbers; some beginnings have none.
fn with_check_digits(nine: &str) -> Option<String> {
    let check = |digits: &str, weights: &[u32]| {
        let sum: u32 =
            digits.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        Some((11 - sum % 11) % 11).filter(|digit| *digit < 10)
    };
    let ten = format!("{nine}{}", check(nine, &[3, 7, 6, 1, 8, 9, 4, 5, 2])?);
    let last = check(&ten, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2])?;
    Some(format!("{ten}{last}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_answer_is_its_own_persons_however_many_there_are_and_whatever_expires_meanwhile() {
    let short = |client: &mut serde_json::Value| client["token_lifetime_seconds"] = json!(60);
    let world = World::with(short, |client| client["token_lifetime_seconds"] = json!(40)).await;
    let mut persons = Vec::new();
    for person in 0..PERSONS {
        let (given, family) = (GIVEN[person % 10], FAMILY[person / 10]);
        let entry = json!({
            "short_name": format!("person-{person}"), "number": number(person), "given_name": given, "family_name": family,
        });
        world.authority.add_person(serde_json::from_value(entry).unwrap()).await.unwrap();
        persons.push((world.logged_in(&format!("person-{person}")).await, format!("{given} {family}")));
    }
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut calls = JoinSet::new();
    let wanted = CALLS * rounds(1).min(10);
    for call in 0..wanted {
        let place = places.clone().acquire_owned().await.unwrap();
        if call % 60 == 59 {
            // Less than a proof lives, so that what is under way arrives in time. The 80 s of a thousand calls are more than a token
            // lives: none of the first is good at the end.
            world.authority.clock().forward(Duration::from_secs(5));
        }
        let (mut browser, name) = persons[call % PERSONS].clone();
        calls.spawn(async move {
            let page = browser.open("/").await;
            drop(place);
            assert_eq!(page.status, StatusCode::OK, "{}", page.html);
            assert_eq!((page.text("name"), page.text("of")), (&*name, &*name));
        });
    }
    assert_eq!(calls.join_all().await.len(), wanted);
}
