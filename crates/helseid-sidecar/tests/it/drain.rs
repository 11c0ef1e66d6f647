//! A sidecar that is told to stop answers what is under way, and nobody new.

use helseid_protocol::rule::Profile;
use helseid_testkit::{SCOPE, World};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::world::{read, sidecar};

#[tokio::test]
async fn a_request_that_is_under_way_is_answered_and_a_new_one_is_not() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, "").await;
    let address = sidecar.address.unwrap();
    let body = json!({ "identity_provider": "helseid", "target": SCOPE }).to_string();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/v1/token HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The body is asked for: the request is under way.
    let mut asked = [0; 25];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    let stopping = tokio::spawn(sidecar.stop());
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(body.as_bytes()).await.unwrap();
    assert_eq!(read(&mut stream).await.status, 200);
    stopping.await.unwrap();
}
