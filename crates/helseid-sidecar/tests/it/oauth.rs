//! The plain token endpoint, for tools that know no other.

use std::time::Duration;

use helseid_protocol::rule::Profile;
use helseid_sidecar::ListenFlags;
use helseid_testkit::{SCOPE, World};

use crate::world::{Answer, Folder, KEY, Running, open, run};

const PATH: &str = "/oauth2/token";
const GRANT: &str = "grant_type=client_credentials";
const SETTINGS: &str = "[sidecar]\ninsecure_bearer_accounts = [\"grafana\"]\n";

/// A sidecar with a shared key, the account `default` for DPoP and `grafana` for Bearer.
async fn start(world: &World) -> Running {
    let issuer = world.authority.issuer();
    let account = format!(
        "[account.grafana]\nissuer = \"{issuer}\"\nclient_id = \"{}\"\nkey_file = \"key.json\"\nscope = \"{SCOPE}\"\n",
        world.client_id.as_str()
    );
    let folder = Folder::new(world, &format!("{SETTINGS}{account}"));
    let file = Some(folder.path("shared.key"));
    run(world, folder, ListenFlags { insecure_no_key: false, shared_key_file: file, ..open() }).await
}

async fn ask(sidecar: &Running, path: &str, lines: &str, form: &str) -> Answer {
    let lines = format!("Content-Type: application/x-www-form-urlencoded\r\n{lines}");
    sidecar.post_with(&lines, path, form).await
}

fn secret(key: &str) -> String {
    format!("{GRANT}&client_id=any&client_secret={key}")
}

#[tokio::test]
async fn an_account_for_bearer_gives_bearer_tokens_to_whoever_has_the_key() {
    let world = World::start(Profile::Legacy).await.unwrap();
    let sidecar = start(&world).await;
    // any:KEY
    let basic = "Authorization: Basic YW55OjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm\r\n";
    let path = "/oauth2/token/grafana";
    let first = ask(&sidecar, path, "", &secret(KEY)).await;
    assert_eq!(
        (first.status, first.text("token_type"), first.text("scope")),
        (200, "Bearer", SCOPE),
        "{first:?}"
    );
    assert_eq!(
        (first.header("cache-control"), first.body["expires_in"].as_u64()),
        (Some("no-store"), Some(600))
    );
    let scope = SCOPE.replace(':', "%3A").replace('/', "%2F");
    let second = ask(&sidecar, path, basic, &format!("{GRANT}&scope={scope}&audience=passed-over")).await;
    assert_eq!(second.text("access_token"), first.text("access_token"), "{second:?}");
    let refused = ask(&sidecar, path, basic, &format!("{GRANT}&scope=nhn%3Aother%2Fread")).await;
    assert_eq!((refused.status, refused.error()), (400, "invalid_scope"), "{refused:?}");
}

#[tokio::test]
async fn a_bound_token_is_never_called_bearer() {
    let world = World::start(Profile::Legacy).await.unwrap();
    let sidecar = start(&world).await;
    for path in [PATH, "/oauth2/token/default"] {
        let refused = ask(&sidecar, path, "", &secret(KEY)).await;
        assert_eq!((refused.status, refused.error()), (400, "unauthorized_client"), "{refused:?}");
        assert!(refused.text("error_description").contains("/call/NAME"), "{refused:?}");
    }
}

#[tokio::test]
async fn each_wrong_request_has_the_error_of_rfc_6749() {
    let world = World::start(Profile::Legacy).await.unwrap();
    let sidecar = start(&world).await;
    let path = "/oauth2/token/grafana";
    let basic = "Authorization: Basic YW55OjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm\r\n";
    for (lines, form, status, error) in [
        ("", GRANT.to_owned(), 401, "invalid_client"),
        ("", secret("0123456789abcdef0123456789abcdee"), 401, "invalid_client"),
        ("Authorization: Basic YW55Ondyb25n\r\n", GRANT.to_owned(), 401, "invalid_client"),
        ("Authorization: Bearer abc\r\n", GRANT.to_owned(), 401, "invalid_client"),
        (basic, secret(KEY), 400, "invalid_request"),
        (basic, "grant_type=password".to_owned(), 400, "unsupported_grant_type"),
        (basic, "scope=a".to_owned(), 400, "invalid_request"),
        (basic, format!("{GRANT}&{GRANT}"), 400, "invalid_request"),
        (basic, format!("{GRANT}&scope="), 400, "invalid_request"),
    ] {
        let answer = ask(&sidecar, path, lines, &form).await;
        assert_eq!((answer.status, answer.error()), (status, error), "{lines}{form} {answer:?}");
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{answer:?}");
        assert!(!answer.text("error_description").contains(KEY));
    }
    assert_eq!(ask(&sidecar, "/oauth2/token/nobody", "", &secret(KEY)).await.status, 400);
    assert_eq!(sidecar.post_with("Content-Type: application/json\r\n", path, "{}").await.status, 400);
    let page = ask(&sidecar, path, "Origin: http://localhost\r\n", &secret(KEY)).await;
    assert_eq!(page.status, 403, "{page:?}");
    assert_eq!(sidecar.get(path).await.status, 405);
}

#[tokio::test]
async fn wrong_secrets_are_looked_at_so_many_times_and_no_more() {
    let world = World::start(Profile::Legacy).await.unwrap();
    let sidecar = start(&world).await;
    let path = "/oauth2/token/grafana";
    for _ in 0..20 {
        assert_eq!(ask(&sidecar, path, "", &secret("wrong")).await.status, 401);
    }
    let limited = ask(&sidecar, path, "", &secret(KEY)).await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("3")), "{limited:?}");
    world.clock().forward(Duration::from_secs(3));
    assert_eq!(ask(&sidecar, path, "", &secret(KEY)).await.status, 200);
}

#[tokio::test]
async fn without_a_key_there_is_no_such_endpoint() {
    let world = World::start(Profile::Legacy).await.unwrap();
    let sidecar =
        crate::world::sidecar(&world, "[sidecar]\ninsecure_bearer_accounts = [\"default\"]\n").await;
    for path in [PATH, "/oauth2/token/default"] {
        assert_eq!(ask(&sidecar, path, "", &secret(KEY)).await.status, 404);
    }
}
