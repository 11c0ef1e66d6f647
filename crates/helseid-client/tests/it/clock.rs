use helseid_client::TokenRequest;
use helseid_client::protocol::jose::json::Object;

use crate::world::{Reply, world};

/// The test's clock stands at 2026-09-21T14:13:20Z.
const AHEAD: (&str, &str) = ("date", "Mon, 21 Sep 2026 14:18:20 GMT");

fn granted_with_date() -> Reply {
    let body = r#"{"access_token":"t","expires_in":60,"token_type":"DPoP"}"#;
    Reply::Plain(200, vec![AHEAD], body.to_owned())
}

#[tokio::test]
async fn the_offset_of_the_authoritys_clock_is_told_and_followed_only_if_asked() {
    for (follows, shift) in [(false, 0), (true, 300)] {
        let world = world().await;
        world.authority.will([granted_with_date()]);
        let client =
            world.client_with(|builder| if follows { builder.follow_server_clock() } else { builder });
        assert_eq!(client.clock_offset_seconds(), None);
        client.token().await.unwrap();
        assert_eq!(client.clock_offset_seconds(), Some(300));
        client.token_for(&TokenRequest::default().resource("b".parse().unwrap())).await.unwrap();
        let seconds = |claims: &[Object], name: &str| claims[1][name].as_i64().unwrap() - 1_790_000_000;
        assert_eq!(seconds(&world.authority.proofs(), "iat"), shift);
        assert_eq!(seconds(&world.authority.assertions(), "nbf"), shift);
    }
}
