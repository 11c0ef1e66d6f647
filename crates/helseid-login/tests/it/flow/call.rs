//! Calls of an API with the token of a login: by the double too, which has no network of its own.

use helseid_protocol::jose::PublicJwk;
use helseid_protocol::jose::jws::Unverified;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::world::{World, demanding};

/// The head of one request, which is answered with 204.
async fn one_request(listener: TcpListener) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    stream.write_all(b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn an_api_is_called_with_the_token_of_the_login_and_a_proof_by_its_key() {
    let world = World::new();
    let person = world.log_in(&demanding()).await.unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/patients", listener.local_addr().unwrap());
    let api = tokio::spawn(one_request(listener));
    let call = world.login.client().get(&url);
    let call = call.bound_token(person.access.token.clone(), person.key.proof_key().clone());
    assert_eq!(call.send().await.unwrap().status(), 204);
    let head = api.await.unwrap();
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
        line.unwrap()[name.len() + 2..].to_owned()
    };
    assert_eq!(header("authorization"), format!("DPoP {}", person.access.token.expose()));
    let proof = header("dpop");
    let jwk = Unverified::parse(&proof, 20_000).unwrap().header().jwk().unwrap().clone();
    assert_eq!(PublicJwk::from_object(jwk).unwrap().thumbprint(), *person.key.thumbprint());
}
