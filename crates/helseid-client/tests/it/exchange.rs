//! Tokens that were exchanged for those that an API was called with: each for its own caller alone.

use std::collections::HashMap;

use helseid_client::protocol::details::{Details, Organisation, OrganisationNumber};
use helseid_client::protocol::jose::base64url;
use helseid_client::protocol::scope::ScopeSet;
use helseid_client::protocol::secret::AccessToken;
use helseid_client::{ErrorKind, TokenRequest};

use crate::world::{Reply, granted, in_time, refused, unauthorized, world};

const NOW: i64 = 1_790_000_000;

/// A token of a caller, which ends so many seconds from now.
fn subject(caller: &str, left: i64) -> AccessToken {
    let part = |json: String| base64url::encode(json.as_bytes());
    let claims = format!(r#"{{"sub":"{caller}","exp":{}}}"#, NOW + left);
    AccessToken::new(format!(
        "{}.{}.c2ln",
        part(r#"{"alg":"ES256","typ":"at+jwt"}"#.to_owned()),
        part(claims)
    ))
}

fn scope(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

#[tokio::test]
async fn an_api_calls_on_with_an_exchanged_token_which_is_kept_for_its_caller() {
    let world = world().await;
    world.authority.will([granted("for-anne", 600), granted("for-bjarne", 600), granted("own", 600)]);
    for caller in ["anne", "bjarne", "anne"] {
        let on_behalf = world.client.exchange(subject(caller, 3_600)).scope(scope("next/read"));
        on_behalf.get(&world.api_url()).send().await.unwrap();
    }
    // The client's own token is none of these.
    world.client.get(&world.api_url()).send().await.unwrap();
    let sent = ["DPoP for-anne", "DPoP for-bjarne", "DPoP for-anne", "DPoP own"];
    assert_eq!(world.api.authorizations(), sent);
    let parameter = |name: &str| world.authority.parameters(name);
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange".to_owned();
    let own = Some("client_credentials".to_owned());
    assert_eq!(parameter("grant_type"), [Some(exchange.clone()), Some(exchange), own]);
    let [anne, bjarne] = ["anne", "bjarne"].map(|caller| Some(subject(caller, 3_600).expose().to_owned()));
    assert_eq!(parameter("subject_token"), [anne, bjarne, None]);
    let kind = Some("urn:ietf:params:oauth:token-type:access_token".to_owned());
    assert_eq!(parameter("subject_token_type"), [kind.clone(), kind, None]);
    assert_eq!(parameter("scope")[..2], [Some("next/read".to_owned()), Some("next/read".to_owned())]);
}

#[tokio::test]
async fn a_kept_token_ends_with_the_one_it_was_given_for_and_is_not_renewed_unasked() {
    let world = world().await;
    world.authority.will([granted("first", 600), refused(400, "invalid_request")]);
    let on_behalf = world.client.exchange(subject("anne", 60));
    assert_eq!(on_behalf.token().await.unwrap().lifetime().as_secs(), 60, "whatever the authority says");
    world.clock.forward(50);
    assert_eq!(on_behalf.token().await.unwrap().access_token().expose(), "first");
    assert_eq!(world.authority.count(), 1);
    world.clock.forward(5);
    let error = on_behalf.token().await.expect_err("the authority refuses");
    assert_eq!((error.kind(), world.authority.count()), (ErrorKind::OAuth, 2));
    // A token that is no JWT is kept for as long as the authority says.
    world.authority.will([granted("opaque", 600)]);
    let opaque = world.client.exchange(AccessToken::new("opaque")).token().await.unwrap();
    assert_eq!(opaque.lifetime().as_secs(), 600);
}

#[tokio::test]
async fn a_token_that_the_next_api_refuses_is_exchanged_again_once() {
    let world = world().await;
    world.authority.will([granted("first", 600), granted("second", 600)]);
    world.api.will([
        unauthorized(r#"DPoP error="invalid_token""#, None),
        Reply::Plain(200, vec![], String::new()),
    ]);
    world.client.exchange(subject("anne", 3_600)).get(&world.api_url()).send().await.unwrap();
    assert_eq!(world.api.authorizations(), ["DPoP first", "DPoP second"]);
}

#[tokio::test]
async fn however_many_callers_there_are_the_clients_own_token_stays() {
    let world = world().await;
    world.authority.will([granted("own", 600), granted("exchanged", 600)]);
    let client = world.client_with(|builder| builder.tokens_kept(2));
    client.token().await.unwrap();
    for caller in ["a", "b", "c", "d"] {
        client.exchange(subject(caller, 3_600)).token().await.unwrap();
    }
    assert_eq!((client.token().await.unwrap().access_token().expose(), world.authority.count()), ("own", 5));
    // Two are kept, the newest of them. Which other one is chance, since all expire together.
    client.exchange(subject("d", 3_600)).token().await.unwrap();
    assert_eq!(world.authority.count(), 5);
    for caller in ["a", "b", "c", "d"] {
        client.exchange(subject(caller, 3_600)).token().await.unwrap();
    }
    assert!(world.authority.count() >= 5 + 2, "no more than two were kept: {}", world.authority.count());
}

/// What differs in one part alone, or reads the same when parts are put together, is another token.
#[tokio::test]
async fn no_two_exchanges_share_a_token_unless_they_are_for_the_same_in_everything() {
    let world = world().await;
    let number = |text: &str| OrganisationNumber::parse(text).unwrap();
    let parent = |text: &str| Organisation::Parent { parent: number(text), child: None };
    let organisations = [None, Some(parent("994598759")), Some(Organisation::Child(number("994598759")))];
    let mut asked: HashMap<String, TokenRequest> = HashMap::new();
    for caller in ["a", "b", "a\n", "a\nb"] {
        for scopes in ["", "a", "a b", "ab", "b"] {
            for resource in [None, Some("a"), Some("b"), Some("a b"), Some("8:a")] {
                for organisation in &organisations {
                    let request =
                        TokenRequest::default().exchanging(AccessToken::new(caller)).scope(scope(scopes));
                    let request = match resource {
                        Some(name) => request.resource(name.parse().unwrap()),
                        None => request,
                    };
                    let details = organisation.clone().map(|one| Details::new().for_organisation(one));
                    let request = request.details(details.unwrap_or_default());
                    let name = format!("{caller:?} {scopes:?} {resource:?} {organisation:?}");
                    asked.insert(name, request);
                }
            }
        }
    }
    world.authority.will((0..asked.len()).map(|number| granted(&format!("token-{number}"), 600)));
    let mut tokens = HashMap::new();
    in_time(async {
        for (name, request) in &asked {
            let token = world.client.token_for(request).await.unwrap().access_token().expose().to_owned();
            assert_eq!(tokens.insert(token, name), None, "{name}");
        }
        // Each is found again under its own.
        for (token, name) in &tokens {
            let again = world.client.token_for(&asked[*name]).await.unwrap();
            assert_eq!(again.access_token().expose(), token, "{name}");
        }
    })
    .await;
    assert_eq!((tokens.len(), world.authority.count()), (300, 300));
}

#[tokio::test]
async fn an_exchange_that_is_printed_tells_no_token() {
    let world = world().await;
    let on_behalf = world.client.exchange(AccessToken::new("the-secret"));
    assert!(!format!("{on_behalf:?}").contains("the-secret"));
}
