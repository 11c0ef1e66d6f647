use std::time::Duration;

use helseid_authority::{Authority, Config, Error};
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::{Algorithm, JwkSet, RsaSize, base64url};
use helseid_protocol::rule::Profile;
use reqwest::StatusCode;

use crate::{http, json, start, start_with, url};

#[tokio::test]
async fn discovery_names_what_other_libraries_need() {
    let running = start().await;
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let metadata = json(http().get(url(&running, path)).send().await.unwrap()).await;
        assert_eq!(metadata["issuer"], running.issuer().as_str());
        assert_eq!(metadata["token_endpoint"], running.issuer().at("/connect/token"));
        assert_eq!(metadata["jwks_uri"], running.issuer().at("/.well-known/openid-configuration/jwks"));
        for name in
            ["subject_types_supported", "id_token_signing_alg_values_supported", "response_types_supported"]
        {
            assert!(metadata[name].is_array(), "{name}");
        }
    }
}

#[tokio::test]
async fn keys_are_published_as_helseid_names_them() {
    let running = start().await;
    let answer = http().get(url(&running, "/.well-known/openid-configuration/jwks")).send().await.unwrap();
    let set = json(answer).await;
    let key = &set["keys"][0];
    let kid = key["kid"].as_str().unwrap();
    let certificate = base64url::decode(key["x5t"].as_str().unwrap()).unwrap();
    let hexadecimal: String = certificate.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!((kid, certificate.len()), (&*hexadecimal, 20));
    assert_eq!((&key["use"], &key["alg"]), (&"sig".into(), &"ES256".into()));
    assert!(key.get("d").is_none());
    assert_eq!(JwkSet::read(set.to_string().as_bytes()).unwrap().keys().len(), 1);
    let expired = http().get(url(&running, "/connect/expiredjwks")).send().await.unwrap();
    assert_eq!(json(expired).await, serde_json::json!({ "keys": [] }));
}

#[tokio::test]
async fn an_authority_tells_that_it_lives_and_when_it_is_ready() {
    let running = start().await;
    running.ready().await;
    for path in ["/health", "/ready"] {
        assert_eq!(http().get(url(&running, path)).send().await.unwrap().status(), StatusCode::OK);
    }
    assert_eq!(http().get(url(&running, "/nothing")).send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_not_there_says_so_in_json() {
    let running = start().await;
    for (path, says) in [
        ("/connect/ciba", "There is no /connect/ciba here. This authority does not offer it."),
        ("/connect/userinfo/", "user login"),
        ("/nothing", "There is nothing at this address."),
        ("/no-session/connect/token", "There is nothing at this address."),
    ] {
        let answer = http().post(url(&running, path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/json", "{path}");
        let error = json(answer).await;
        assert_eq!(error["error"], "not_found", "{path}");
        let description = error["error_description"].as_str().unwrap();
        assert!(
            description.contains(says) && description.contains("/connect/token"),
            "{path}: {description}"
        );
        assert!(
            description.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\'),
            "{description}"
        );
    }
}

#[tokio::test]
async fn the_token_endpoint_takes_post_and_forms_of_64_kib() {
    let running = start().await;
    let endpoint = url(&running, "/connect/token");
    let get = http().get(&endpoint).send().await.unwrap();
    assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(get.headers().get_all("allow").iter().collect::<Vec<_>>(), ["POST"]);
    assert_eq!(json(get).await["error"], "invalid_request");

    let large = http().post(&endpoint).header("content-type", "application/x-www-form-urlencoded");
    let large = large.body("a".repeat(64 * 1024 + 1)).send().await.unwrap();
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(json(large).await["error"], "invalid_request");

    let form =
        http().post(&endpoint).header("content-type", "application/json").body("{}").send().await.unwrap();
    assert_eq!(form.status(), StatusCode::BAD_REQUEST);
    assert_eq!(form.headers()["cache-control"], "no-store");
    assert!(form.headers().get("dpop-nonce").is_none());
    let refusal = json(form).await;
    assert_eq!(refusal["error"], "invalid_request");
    assert!(refusal["error_description"].as_str().unwrap().ends_with("(rule request.content_type)"));
}

#[tokio::test]
async fn an_issuer_may_have_a_path() {
    let issuer = Issuer::parse("https://helseid.example/local").unwrap();
    let running = start_with(Config::in_memory().issuer(issuer)).await;
    let metadata = http().get(url(&running, "/local/.well-known/openid-configuration")).send().await.unwrap();
    assert_eq!(json(metadata).await["token_endpoint"], "https://helseid.example/local/connect/token");
    let inserted = url(&running, "/.well-known/oauth-authorization-server/local");
    let metadata = json(http().get(inserted).send().await.unwrap()).await;
    assert_eq!(metadata["issuer"], "https://helseid.example/local", "RFC 8414 section 3.1");
    assert_eq!(http().get(url(&running, "/health")).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn an_issuer_may_end_with_a_slash_and_addresses_under_it_have_none_twice() {
    for (name, below) in [("https://helseid.example/", ""), ("https://helseid.example/local/", "/local")] {
        let running = start_with(Config::in_memory().issuer(Issuer::parse(name).unwrap())).await;
        let path = format!("{below}/.well-known/openid-configuration");
        let metadata = json(http().get(url(&running, &path)).send().await.unwrap()).await;
        assert_eq!(metadata["issuer"], name);
        let token = format!("https://helseid.example{below}/connect/token");
        assert_eq!(metadata["token_endpoint"], token.as_str());
    }
}

#[tokio::test]
async fn profile_fapi2_signs_as_it_asks() {
    let start = |config: Config| {
        let config = config.profile(Profile::Fapi2).rsa_size(RsaSize::Bits2048);
        Authority::start(config.listen(["127.0.0.1:0".parse().unwrap()]))
    };
    for (asked, signs) in
        [(None, "PS256"), (Some(Algorithm::ES256), "ES256"), (Some(Algorithm::EdDSA), "EdDSA")]
    {
        let config = match asked {
            Some(algorithm) => Config::in_memory().algorithm(algorithm),
            None => Config::in_memory(),
        };
        let running = start(config).await.unwrap();
        running.ready().await;
        let metadata = http().get(url(&running, "/.well-known/openid-configuration")).send().await.unwrap();
        assert_eq!(json(metadata).await["id_token_signing_alg_values_supported"][0], signs);
        let set = http().get(url(&running, "/.well-known/openid-configuration/jwks")).send().await.unwrap();
        assert_eq!(json(set).await["keys"][0]["alg"], signs);
    }
    let rs256 = start(Config::in_memory().algorithm(Algorithm::RS256)).await.unwrap_err();
    assert!(matches!(rs256, Error::AlgorithmOfProfile(Profile::Fapi2, Algorithm::RS256)), "{rs256}");
}

#[tokio::test]
async fn profile_fapi2_refuses_a_folder_of_rs256_keys_until_they_are_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let config = || {
        let config = Config::in_folder(folder.path().join("data")).rsa_size(RsaSize::Bits2048);
        config.listen(["127.0.0.1:0".parse().unwrap()])
    };
    let first = Authority::start(config()).await.unwrap();
    first.ready().await;
    first.shut_down().await;
    for asked in [config(), config().algorithm(Algorithm::PS256)] {
        let refused = Authority::start(asked.profile(Profile::Fapi2)).await.unwrap_err();
        assert!(matches!(refused, Error::SigningKeys { found: Algorithm::RS256, .. }), "{refused}");
        assert!(refused.to_string().contains("rotate-keys --alg PS256"), "{refused}");
    }
    let keys = Authority::rotate_keys(config().algorithm(Algorithm::PS256), Duration::ZERO).await.unwrap();
    assert_eq!((keys[0].alg.as_str(), keys[0].state.as_str()), ("PS256", "signing"));
    let again = Authority::rotate_keys(config(), Duration::ZERO).await.unwrap();
    assert_eq!(again[0].alg, "PS256", "as the newest key unless told");
    let running = Authority::start(config().profile(Profile::Fapi2)).await.unwrap();
    let metadata = http().get(url(&running, "/.well-known/openid-configuration")).send().await.unwrap();
    assert_eq!(json(metadata).await["id_token_signing_alg_values_supported"][0], "PS256");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_before_anything_is_opened() {
    let everywhere = Config::in_memory().listen(["0.0.0.0:0".parse().unwrap()]);
    assert!(matches!(Authority::start(everywhere).await, Err(Error::IssuerMissing(_))));
    let eddsa = Config::in_memory().listen(["127.0.0.1:0".parse().unwrap()]).algorithm(Algorithm::EdDSA);
    assert!(matches!(Authority::start(eddsa).await, Err(Error::Algorithm(Algorithm::EdDSA))));
    let held = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let taken = Config::in_memory().listen([held.local_addr().unwrap()]);
    assert!(matches!(Authority::start(taken).await, Err(Error::Listen { .. })));
}

#[tokio::test]
async fn people_log_in_off_loopback_only_at_the_host_that_is_named() {
    let config = || Config::in_memory().issuer(Issuer::parse("https://id.example").unwrap());
    let status = async |config| {
        let running = start_with(config).await;
        let paths = ["/login", "/connect/authorize", "/connect/endsession"];
        let mut statuses = Vec::new();
        for path in paths {
            let request = http().get(url(&running, path)).header("host", "id.example");
            statuses.push(request.send().await.unwrap().status());
        }
        statuses
    };
    assert_eq!(status(config()).await, [StatusCode::NOT_FOUND; 3]);
    let statuses = status(config().test_login_at("id.example")).await;
    assert_eq!(statuses, [StatusCode::METHOD_NOT_ALLOWED, StatusCode::BAD_REQUEST, StatusCode::OK]);
    let refused = Authority::start(config().test_login_at("other.example")).await.err();
    assert!(matches!(refused, Some(Error::TestLogin(_))), "{refused:?}");
}
