//! For whom a client acts, and what the token and the API know of it.

use helseid_admin_api::ClientRegistration;
use helseid_client::{Client, TokenRequest};
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::{Details, Organisation, OrganisationNumber};
use helseid_protocol::scope::ScopeSet;
use helseid_testkit::{SCOPE, World, registration};
use http::StatusCode;
use serde_json::Value;

use crate::{refusal, world};

const JOURNAL: &str = "ed30a6a5-4834-40be-a32b-1e4f5217e378";

fn number(text: &str) -> OrganisationNumber {
    OrganisationNumber::parse(text).unwrap()
}

/// A request for a token with these structured claims.
fn wanted(details: Details) -> TokenRequest {
    TokenRequest::default().scope(ScopeSet::parse(SCOPE).unwrap()).details(details)
}

/// Sets the world's client up for this organisation.
async fn belongs(world: &World, tenancy: ClientTenancy, parent: &str, children: &[&str]) -> Client {
    let registered = ClientRegistration {
        client_id: Some(world.client_id.clone()),
        tenancy,
        org_parent: Some(number(parent)),
        org_children: children.iter().map(|child| number(child)).collect::<Vec<_>>().try_into().unwrap(),
        ..registration(&world.key).unwrap()
    };
    world.authority.register(registered).await.unwrap();
    world.client().unwrap()
}

/// What the API reads in the token of a call.
async fn read(world: &World, client: &Client, details: Details) -> Value {
    let answer = client.get(&world.url()).token_for(wanted(details)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.headers());
    serde_json::from_slice(answer.bytes()).unwrap()
}

#[tokio::test]
async fn a_multi_tenant_client_acts_for_an_organisation() {
    let world = world().await;
    let client = belongs(&world, ClientTenancy::MultiTenant, "313745392", &[]).await;
    let acting_for = |parent: &str, child: Option<&str>| {
        let organisation = Organisation::Parent { parent: number(parent), child: child.map(number) };
        Details::new().for_organisation(organisation)
    };
    let claims = read(&world, &client, acting_for("312232324", Some("312232326"))).await;
    assert_eq!(claims["helseid://claims/client/claims/orgnr_parent"], "312232324");
    assert_eq!(claims["helseid://claims/client/claims/orgnr_child"], "312232326");
    assert_eq!(claims["helseid://claims/client/claims/orgnr_supplier"], "313745392");
    let error = client.token_for(&wanted(acting_for("994919806", None))).await.expect_err("no delegation");
    assert!(refusal(&error).starts_with("HID-1001: "), "{error}");
}

#[tokio::test]
async fn a_single_tenant_client_acts_for_a_unit_of_its_own() {
    let world = world().await;
    let client = belongs(&world, ClientTenancy::SingleTenant, "999977774", &["999977776"]).await;
    let acting_for = |child: &str| Details::new().for_organisation(Organisation::Child(number(child)));
    let claims = read(&world, &client, acting_for("999977776")).await;
    assert_eq!(claims["helseid://claims/client/claims/orgnr_parent"], "999977774");
    assert_eq!(claims["helseid://claims/client/claims/orgnr_child"], "999977776");
    let error = client.token_for(&wanted(acting_for("999977775"))).await.expect_err("not registered");
    assert!(refusal(&error).starts_with("HID-1002: "), "{error}");
}

#[tokio::test]
async fn the_token_of_a_client_that_acts_for_a_journal_at_sfm_has_its_id() {
    let world = world().await;
    let client = belongs(&world, ClientTenancy::MultiTenant, "313745392", &[]).await;
    let claims = read(&world, &client, Details::new().for_sfm_journal(JOURNAL)).await;
    assert_eq!(claims["nhn:sfm:journal-id"], JOURNAL);
    let plain = read(&world, &client, Details::new()).await;
    assert_eq!(plain["nhn:sfm:journal-id"], Value::Null);
    let wrong = wanted(Details::new().for_sfm_journal("not-a-uuid"));
    let error = client.token_for(&wrong).await.expect_err("no UUID");
    assert!(refusal(&error).contains("(rule details.form)"), "{error}");
}
