//! The same layer around a tonic server, called over HTTP/2.

use std::net::Ipv4Addr;

use helseid_api::test_util::{Broken, TestRequest};
use http::Method;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::world::{SCOPE, World};

const CALL: &str = "/grpc.health.v1.Health/Check";

/// The address of a protected service.
async fn serve(world: &World) -> String {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("patients", tonic_health::ServingStatus::Serving).await;
    let incoming = TcpIncoming::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = format!("http://{}", incoming.local_addr().unwrap());
    let builder = helseid_api::ApiProtection::builder(world.issuer.name(), crate::world::AUDIENCE);
    let builder = builder.keys(world.issuer.keys()).clock(world.clock.clone()).public_url(&address);
    let layer = builder.build().unwrap().require_scopes_all([SCOPE]).unwrap();
    let server = Server::builder().layer(layer).add_service(health).serve_with_incoming(incoming);
    tokio::spawn(server);
    address
}

async fn call(channel: Channel, sent: Option<TestRequest>) -> Result<i32, Status> {
    let mut request = Request::new(HealthCheckRequest { service: "patients".into() });
    for (name, value) in sent.iter().flat_map(|sent| sent.headers()) {
        let name = name.unwrap().as_str().to_owned();
        let name = tonic::metadata::MetadataKey::from_bytes(name.as_bytes()).unwrap();
        request.metadata_mut().insert(name, value.to_str().unwrap().parse().unwrap());
    }
    let answer = HealthClient::new(channel).check(request).await?;
    Ok(answer.into_inner().status)
}

#[tokio::test]
async fn a_grpc_call_takes_a_token_and_a_proof_for_that_very_call() {
    let world = World::new();
    let address = serve(&world).await;
    let channel = Channel::from_shared(address.clone()).unwrap().connect().await.unwrap();
    let sent = |path: &str| world.client.request(&Method::POST, &format!("{address}{path}"));
    assert_eq!(call(channel.clone(), Some(sent(CALL))).await.unwrap(), 1);
    for (what, sent, code) in [
        ("nobody", None, Code::Unauthenticated),
        ("another call", Some(sent("/grpc.health.v1.Health/Watch")), Code::Unauthenticated),
        ("expired", Some(sent(CALL).broken(Broken::TokenExpired)), Code::Unauthenticated),
        ("no scope", Some(sent(CALL).token(|token| token.without_claim("scope"))), Code::PermissionDenied),
    ] {
        assert_eq!(call(channel.clone(), sent).await.expect_err(what).code(), code, "{what}");
    }
}
